// Links: thin, one colour, hidden where the Earth stands before them. Premultiplied and covering: where many cross,
// adding would end in white.
#version 120
#include "horizon.glsl"
#include "../layers/links/ribbon.glsl"
uniform vec3 u_eye;
uniform vec3 u_colour;
uniform float u_opacity;
varying vec3 v_relative;

void main() {
    if (behind_earth(u_eye, v_relative)) discard;
    float alpha = line_cover() * u_opacity;
    gl_FragColor = vec4(u_colour, 1.0) * alpha;
}
