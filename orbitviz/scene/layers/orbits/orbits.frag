// The selected node's orbit: bright ahead of the node, fading all the way round to behind it; dimmer in shadow.
#version 120
#include "horizon.glsl"
#include "sunlight.glsl"
#include "../layers/links/ribbon.glsl"
uniform vec3 u_eye;
uniform vec3 u_sun;
uniform vec3 u_colour;
uniform float u_opacity;
uniform float u_now;                 // where the node is, on v_value's scale
varying vec3 v_relative;
varying float v_value;               // revolutions since the path was computed

void main() {
    if (behind_earth(u_eye, v_relative)) discard;
    float ahead = fract(v_value - u_now);
    float light = mix(0.5, 1.0, lit_fraction(v_relative + u_eye, u_sun));
    float alpha = line_cover() * u_opacity * light * mix(1.0, 0.22, ahead);
    gl_FragColor = vec4(u_colour * alpha, alpha);
}
