// One colour.
#version 120
void main() { gl_FragColor = vec4(1.0, 0.8, 0.4, 1.0); }
