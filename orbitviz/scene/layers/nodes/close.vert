// Nodes whose place was computed on the processor in float64, relative to the camera: small fleets, odd orbits.
#version 120
#include "horizon.glsl"
attribute vec3 a_relative;           // Earth radii from the eye, TEME
attribute vec2 a_value;              // value 0..1, known 0 or 1
uniform vec3 u_eye;
uniform mat4 u_clip_from_relative;
uniform float u_point;               // device pixels, for a node at u_reference
uniform float u_reference;           // Earth radii
uniform sampler2D u_ramp;
uniform vec2 u_scale;                // place on the colour table = x + y * value
varying vec3 v_colour;
varying float v_point;

void main() {
    float place = clamp(u_scale.x + u_scale.y * a_value.x, 0.0, 1.0);
    vec3 colour = texture2DLod(u_ramp, vec2((place * 255.0 + 0.5) / 256.0, 0.5), 0.0).rgb;
    v_colour = mix(vec3(0.42, 0.45, 0.50), colour, a_value.y);
    vec4 clip = u_clip_from_relative * vec4(a_relative, 1.0);
    v_point = u_point * clamp(sqrt(u_reference / max(clip.w, 1e-9)), 0.7, 1.5);
    gl_Position = behind_earth(u_eye, a_relative) ? vec4(2.0, 2.0, 2.0, 1.0) : clip;
    gl_PointSize = 2.0 * v_point + 2.0;
}
