// Accumulated nodes -> colour over the background: the mean (or the highest, or the lowest) value through the colour
// table, opacity from how many nodes share the pixel. Nodes without a value are grey.
// Define COMPACT: u_nodes has two channels, r: sum of values, g: count; every node has a value.
// Define HIGHLIGHT: b counts the nodes that are not of the selected set: a grey haze below the set, without values.
#version 120
uniform sampler2D u_background;
uniform sampler2D u_nodes;    // r: sum of values, g: how many have one, a: count
uniform sampler2D u_ramp;
uniform vec2 u_scale;         // place on the colour table = x + y * value
uniform vec2 u_turn;          // undoes the shader's turn of the values: value = (v - x) * y, y is 1 or -1
uniform float u_mean;         // 1: divide the sum by the count, 0: it is the highest already
uniform float u_density;      // opacity 1 - 2^-(density * root of the count): single nodes show, crowds differ
#ifdef HIGHLIGHT
uniform float u_rest_density;
const vec3 REST_COLOUR = vec3(0.40, 0.44, 0.50);
const float REST_MOST = 0.30;
#endif
uniform float u_most;         // opacity of the most crowded pixel
varying vec2 v_uv;

void main() {
    // No branch: software drawing works out both sides anyway. With nothing accumulated the opacity is zero.
    vec3 under = texture2D(u_background, v_uv).rgb;
#ifdef COMPACT
    vec4 sum = texture2D(u_nodes, v_uv).rgrg;
#else
    vec4 sum = texture2D(u_nodes, v_uv);
#endif
#ifdef HIGHLIGHT
    under = mix(under, REST_COLOUR, REST_MOST - REST_MOST * exp2(-u_rest_density * sqrt(sum.b)));
#endif
    vec2 over = u_mean > 0.5 ? vec2(sum.g, sum.a) : vec2(1.0);
    float mean = sum.r / max(over.x, 1e-6);
    float known = clamp(sum.g / max(over.y, 1e-6), 0.0, 1.0);
    float place = clamp(u_scale.x + u_scale.y * (mean - u_turn.x) * u_turn.y, 0.0, 1.0);
    vec3 colour = texture2D(u_ramp, vec2(place * (1023.0 / 1024.0) + 0.5 / 1024.0, 0.5)).rgb;
    colour = mix(vec3(0.42, 0.45, 0.50), colour, known);
    gl_FragColor = vec4(mix(under, colour, u_most - u_most * exp2(-u_density * sqrt(sum.a))), 1.0);
}
