// The shapes' own picture over the finished one; premultiplied.
#version 120
uniform sampler2D u_shapes;
varying vec2 v_uv;

void main() {
    gl_FragColor = texture2D(u_shapes, v_uv);
}
