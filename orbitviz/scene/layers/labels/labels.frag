// Labels: words over a dark hem. Premultiplied.
#version 120
uniform float u_dark;                // 1: light words on a dark scene, 0: dark words with a white hem
uniform sampler2D u_atlas;           // luminance: words; alpha: hem
varying vec2 v_uv;
varying vec4 v_colour;

void main() {
    vec4 texel = texture2D(u_atlas, v_uv);
    float words = texel.r;
    float hem = 0.72 * texel.a;
    vec3 ink = mix(v_colour.rgb * 0.42, v_colour.rgb, u_dark);
    vec3 under = mix(vec3(1.0), vec3(0.02, 0.03, 0.05), u_dark);
    gl_FragColor = vec4(ink * words + under * hem * (1.0 - words), max(words, hem)) * v_colour.a;
}
