// The ring round the selected node: a quad of constant size on the screen.
#version 120
attribute vec2 a_corner;             // -1..1
uniform vec4 u_clip;                 // the node's place
uniform vec2 u_half_size;            // half the picture's width and height in device pixels
uniform float u_reach;               // device pixels from the middle to the quad's side
varying vec2 v_pixel;

void main() {
    v_pixel = a_corner * u_reach;
    gl_Position = vec4(u_clip.xy + v_pixel / u_half_size * u_clip.w, 0.0, u_clip.w);
}
