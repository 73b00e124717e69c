// Accumulated nodes -> colour over the background: the mean (or the highest, or the lowest) value through the colour
// table, opacity from how many nodes share the pixel. Nodes without a value are grey.
// Define COMPACT: u_nodes has two channels, r: sum of values, g: count; every node has a value.
// Of categories the highest key is there (nodes.vert, KEYED). Counts are shown on a log scale of their own.
// Define GLOW: bright values shine over what is round them.
// Define HIGHLIGHT: b counts the nodes that are not of the selected set: a grey haze below the set, without values.
#version 120
uniform sampler2D u_background;
uniform sampler2D u_nodes;    // r: sum of values, g: how many have one, a: count
uniform sampler2D u_ramp;
uniform vec2 u_scale;         // place on the colour table = x + y * value
uniform vec2 u_turn;          // undoes the shader's turn of the values: value = (v - x) * y, y is 1 or -1
uniform float u_mean;         // 1: divide the sum by the count, 0: it is the highest already
uniform float u_keyed;        // 1: r is a key, 256 x order + category
uniform vec2 u_count;         // place = log2(x * count) * y; y = 0: values are shown
uniform float u_density;      // opacity 1 - 2^-(density * root of the count): single nodes show, crowds differ
#ifdef HIGHLIGHT
uniform float u_rest_density;
const vec3 REST_COLOUR = vec3(0.40, 0.44, 0.50);
const float REST_MOST = 0.30;
#endif
uniform float u_most;         // opacity of the most crowded pixel
#ifdef GLOW
uniform vec3 u_glow;          // a pixel of the design, in u and v; strength
#endif
varying vec2 v_uv;

vec4 accumulated(vec2 uv) {
#ifdef COMPACT
    return texture2D(u_nodes, uv).rgrg;
#else
    return texture2D(u_nodes, uv);
#endif
}

// Place in the range 0..1, and how much of the pixel's nodes have a value.
// No branch: software drawing works out both sides anyway. With nothing accumulated the opacity is zero.
vec2 place_of(vec4 sum) {
    vec2 over = u_mean > 0.5 ? vec2(sum.g, sum.a) : vec2(1.0);
    float value = (sum.r / max(over.x, 1e-6) - u_turn.x) * u_turn.y;
    value = u_keyed > 0.5 ? mod(floor(sum.r + 0.5), 256.0) : value;
    float place = u_count.y > 0.0 ? log2(max(u_count.x * sum.a, 1.0)) * u_count.y : u_scale.x + u_scale.y * value;
    float known = u_count.y > 0.0 ? 1.0 : clamp(sum.g / max(over.y, 1e-6), 0.0, 1.0);
    return vec2(clamp(place, 0.0, 1.0), known);
}

vec3 colour_of(float place) {
    return texture2D(u_ramp, vec2(place * (1023.0 / 1024.0) + 0.5 / 1024.0, 0.5)).rgb;
}

float opacity_of(float count) {
    return u_most - u_most * exp2(-u_density * sqrt(max(count, 0.0)));
}

#ifdef GLOW
vec3 shine(vec2 at) {
    vec4 sum = accumulated(v_uv + at * u_glow.xy);
    vec2 place = place_of(sum);
    return colour_of(place.x) * smoothstep(0.55, 1.0, place.x) * place.y * opacity_of(sum.a);
}

// Two rings of eight: near and strong, far and faint.
vec3 glow() {
    vec3 near = shine(vec2(2.5, 0.0)) + shine(vec2(-2.5, 0.0)) + shine(vec2(0.0, 2.5)) + shine(vec2(0.0, -2.5))
              + shine(vec2(1.8, 1.8)) + shine(vec2(-1.8, 1.8)) + shine(vec2(1.8, -1.8)) + shine(vec2(-1.8, -1.8));
    vec3 far = shine(vec2(6.5, 2.7)) + shine(vec2(-6.5, -2.7)) + shine(vec2(2.7, -6.5)) + shine(vec2(-2.7, 6.5))
             + shine(vec2(2.7, 6.5)) + shine(vec2(-2.7, -6.5)) + shine(vec2(6.5, -2.7)) + shine(vec2(-6.5, 2.7));
    return u_glow.z * (0.09 * near + 0.045 * far);
}
#endif

void main() {
    vec3 under = texture2D(u_background, v_uv).rgb;
    vec4 sum = accumulated(v_uv);
#ifdef HIGHLIGHT
    under = mix(under, REST_COLOUR, REST_MOST - REST_MOST * exp2(-u_rest_density * sqrt(sum.b)));
#endif
    vec2 place = place_of(sum);
    vec3 colour = mix(vec3(0.42, 0.45, 0.50), colour_of(place.x), place.y);
    vec3 result = mix(under, colour, opacity_of(sum.a));
#ifdef GLOW
    vec3 light = min(glow(), 1.0);
    result += light * (1.0 - result);   // adds, and never clips to white
#endif
    gl_FragColor = vec4(result, 1.0);
}
