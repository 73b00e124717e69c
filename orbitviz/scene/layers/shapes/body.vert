// Bodies of near nodes: triangles placed on the processor, relative to the camera. Depth is spread over what is drawn.
#version 120
attribute vec3 a_relative;           // Earth radii from the eye, TEME
attribute vec3 a_normal;             // TEME
attribute vec3 a_look;               // u, v, material
attribute vec4 a_node;               // value 0..1 (below 0: not known), tint, lit share, opacity
uniform mat4 u_clip_from_relative;
uniform vec3 u_forward;              // camera axis, TEME
uniform vec3 u_depth;                // z = x w + y + z depth
uniform sampler2D u_ramp;
uniform vec2 u_scale;                // place on the colour table = x + y * value
varying vec3 v_relative;
varying vec3 v_normal;
varying vec3 v_look;
varying vec3 v_accent;
varying vec3 v_light;                // tint, lit share, opacity

void main() {
    float place = clamp(u_scale.x + u_scale.y * a_node.x, 0.0, 1.0);
    vec3 colour = texture2DLod(u_ramp, vec2((place * 1023.0 + 0.5) / 1024.0, 0.5), 0.0).rgb;
    v_accent = mix(vec3(0.42, 0.45, 0.50), colour, step(0.0, a_node.x));
    v_relative = a_relative;
    v_normal = a_normal;
    v_look = a_look;
    v_light = a_node.yzw;
    gl_Position = u_clip_from_relative * vec4(a_relative, 1.0);
    gl_Position.z = u_depth.x * gl_Position.w + u_depth.y + u_depth.z * dot(a_relative, u_forward);
}
