// A quad over the whole picture.
#version 120
attribute vec2 a_corner;      // -1..1
varying vec2 v_uv;

void main() {
    v_uv = 0.5 * a_corner + 0.5;
    gl_Position = vec4(a_corner, 0.0, 1.0);
}
