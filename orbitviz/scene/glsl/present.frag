// The finished picture, onto the window.
#version 120
uniform sampler2D u_picture;
varying vec2 v_uv;

void main() {
    gl_FragColor = vec4(texture2D(u_picture, v_uv).rgb, 1.0);
}
