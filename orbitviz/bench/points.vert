// The floor of drawing nodes: a place, a matrix, a size. Nothing is computed, hidden or accumulated.
#version 120
attribute vec3 a_place;
uniform mat4 u_clip;
uniform vec3 u_eye;
uniform float u_point;

void main() {
    gl_Position = u_clip * vec4(a_place - u_eye, 1.0);
    gl_PointSize = u_point;
}
