// Coasts, borders and the graticule: thin and pale on the ground, gone towards the limb.
#version 120
#include "horizon.glsl"
#include "../layers/links/ribbon.glsl"
uniform vec3 u_eye;
uniform vec4 u_colour;               // rgb, opacity
varying vec3 v_relative;

void main() {
    // On the ground a point is hidden where it faces away: the same as horizon.glsl's test, and it gives the fade.
    vec3 towards = u_parallel == vec3(0.0) ? -normalize(v_relative) : u_parallel;
    float facing = dot(normalize(v_relative + u_eye), towards);
    float alpha = line_cover() * u_colour.a * smoothstep(0.02, 0.38, facing);
    if (alpha <= 0.0) discard;
    gl_FragColor = vec4(u_colour.rgb * alpha, alpha);
}
