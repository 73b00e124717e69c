// Labels: quads in device pixels from the top left, texels to pixels one to one.
#version 120
attribute vec4 a_place;              // x, y; texture coordinates
attribute vec4 a_colour;             // rgb, opacity
uniform vec2 u_size;                 // of the picture, device pixels
varying vec2 v_uv;
varying vec4 v_colour;

void main() {
    v_uv = a_place.zw;
    v_colour = a_colour;
    gl_Position = vec4(2.0 * a_place.x / u_size.x - 1.0, 1.0 - 2.0 * a_place.y / u_size.y, 0.0, 1.0);
}
