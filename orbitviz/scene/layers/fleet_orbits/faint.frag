// Orbits of a small fleet: faint, fading out towards the eye, where their straight pieces would show beside the nodes.
#version 120
#include "horizon.glsl"
#include "../layers/links/ribbon.glsl"
uniform vec3 u_eye;
uniform vec3 u_colour;
uniform float u_opacity;
varying vec3 v_relative;

void main() {
    if (behind_earth(u_eye, v_relative)) discard;
    float alpha = line_cover() * u_opacity * smoothstep(0.06, 0.40, length(v_relative));
    gl_FragColor = vec4(u_colour, 1.0) * alpha;
}
