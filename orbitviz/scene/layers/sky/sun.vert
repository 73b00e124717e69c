// The Sun: a quad in its direction, far beyond everything.
#version 120
attribute vec2 a_corner;      // -1..1
uniform mat4 u_clip_from_relative;
uniform vec3 u_sun;           // unit vector, TEME
uniform vec3 u_right;         // camera axes, TEME
uniform vec3 u_up;
uniform float u_tan_radius;   // of the quad
varying vec2 v_p;

void main() {
    v_p = a_corner;
    vec3 p = u_sun + u_tan_radius * (a_corner.x * u_right + a_corner.y * u_up);
    gl_Position = u_clip_from_relative * vec4(p, 1.0);
}
