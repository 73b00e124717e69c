// Accumulated nodes -> colour over the background: the mean (or the highest, or the lowest) value through the colour
// table, opacity from how many nodes share the pixel. Nodes without a value are grey.
#version 120
uniform sampler2D u_background;
uniform sampler2D u_nodes;    // r: sum of values, g: how many have one, a: count
uniform sampler2D u_ramp;
uniform vec2 u_scale;         // place on the colour table = x + y * value
uniform vec2 u_turn;          // undoes the shader's turn of the values: value = (v - x) / y
uniform float u_mean;         // 1: divide the sum by the count, 0: it is the highest already
uniform float u_density;      // opacity of a pixel with one whole node: 1 - exp(-density)
uniform float u_most;         // opacity of the most crowded pixel
varying vec2 v_uv;

void main() {
    vec3 under = texture2D(u_background, v_uv).rgb;
    vec4 sum = texture2D(u_nodes, v_uv);
    if (sum.a > 0.0) {
        float mean = sum.r / max(u_mean > 0.5 ? sum.g : step(0.5, sum.g), 1e-6);
        float place = clamp(u_scale.x + u_scale.y * (mean - u_turn.x) / u_turn.y, 0.0, 1.0);
        vec3 colour = texture2D(u_ramp, vec2((place * 255.0 + 0.5) / 256.0, 0.5)).rgb;
        float known = u_mean > 0.5 ? sum.g / sum.a : step(0.5, sum.g);
        colour = mix(vec3(0.42, 0.45, 0.50), colour, clamp(known, 0.0, 1.0));
        under = mix(under, colour, u_most * (1.0 - exp(-u_density * sum.a)));
    }
    gl_FragColor = vec4(under, 1.0);
}
