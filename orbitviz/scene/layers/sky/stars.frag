// Stars: a soft round spot, added to what is there.
#version 120
varying vec3 v_colour;

void main() {
    vec2 p = 2.0 * gl_PointCoord - 1.0;
    float r2 = dot(p, p);
    gl_FragColor = vec4(v_colour * max(0.0, exp(-3.5 * r2) - 0.03), 1.0);
}
