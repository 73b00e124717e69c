// Nodes whose place was computed on the processor in float64, relative to the camera: small fleets, odd orbits, near ones.
#version 120
#include "horizon.glsl"
attribute vec3 a_relative;           // Earth radii from the eye, TEME
attribute vec4 a_value;              // value 0..1, known 0 or 1, diameter in device pixels, opacity
uniform vec3 u_eye;
uniform mat4 u_clip_from_relative;
uniform sampler2D u_ramp;
uniform vec2 u_scale;                // place on the colour table = x + y * value
uniform float u_glow;                // strength of the shine of bright values; 0: none
varying vec3 v_colour;
varying float v_point;
varying float v_size;                // of the square that disc and halo are drawn in
varying float v_halo;
varying float v_opacity;

void main() {
    float place = clamp(u_scale.x + u_scale.y * a_value.x, 0.0, 1.0);
    vec3 colour = texture2DLod(u_ramp, vec2((place * 1023.0 + 0.5) / 1024.0, 0.5), 0.0).rgb;
    v_colour = mix(vec3(0.42, 0.45, 0.50), colour, a_value.y);
    v_point = a_value.z;
    v_opacity = a_value.w;
    vec4 clip = u_clip_from_relative * vec4(a_relative, 1.0);
    gl_Position = behind_earth(u_eye, a_relative) ? vec4(2.0, 2.0, 2.0, 1.0) : clip;
    float shine = u_glow * smoothstep(0.55, 1.0, place) * a_value.y;
    v_halo = 0.30 + 0.8 * min(shine, 1.5);
    v_size = (2.0 + 3.0 * min(shine, 1.0)) * v_point + 2.0;
    gl_PointSize = v_size;
}
