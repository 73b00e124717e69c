// Bodies of near nodes: sunlight (none in the umbra), a little light from the Earth and the stars, the metric's colour on
// the array's rim and round the bus, which shines by itself so that it is read at night too. Premultiplied.
#version 120
uniform vec3 u_sun;
uniform vec3 u_up;                   // away from the Earth
varying vec3 v_relative;
varying vec3 v_normal;
varying vec3 v_look;
varying vec3 v_accent;
varying vec3 v_light;                // tint: how much all of it has the metric's colour; lit share; opacity

// 1 on the lines between `count` cells, fading out where a cell is but a few pixels.
float grid(float x, float count, float width) {
    float across = x * count;
    float pixel = max(fwidth(across), 1e-5);
    float line = abs(fract(across + 0.5) - 0.5);
    return clamp((width + pixel - line) / pixel, 0.0, 1.0) * clamp(1.5 - 3.0 * pixel, 0.0, 1.0);
}

void main() {
    vec3 n = normalize(v_normal);
    vec3 eye = -normalize(v_relative);
    float material = floor(v_look.z + 0.5);
    vec3 base = vec3(0.30, 0.31, 0.33);                                  // boom
    float gloss = 0.0;
    float own = 0.0;
    if (material < 0.5) {                                                // array
        float cells = max(grid(v_look.x, 24.0, 0.02), grid(v_look.y, 6.0, 0.02));
        base = mix(vec3(0.012, 0.028, 0.105), vec3(0.10, 0.12, 0.17), 0.7 * cells);
        gloss = 0.55;
    } else if (material < 1.5) {                                         // its back
        base = mix(vec3(0.27, 0.25, 0.21), vec3(0.13), grid(v_look.x, 12.0, 0.03));
    } else if (material < 2.5) {                                         // radiator
        base = mix(vec3(0.60, 0.62, 0.64), vec3(0.36, 0.38, 0.40), grid(v_look.x, 10.0, 0.04));
        gloss = 0.15;
    } else if (material < 3.5) {                                         // bus, a band round its middle
        base = vec3(0.42, 0.36, 0.25);
        gloss = 0.25;
        float band = 1.0 - smoothstep(0.11, 0.13, abs(v_look.y - 0.5));
        base = mix(base, v_accent * v_accent, band);
        own = 0.55 * band;
    } else if (material < 4.5) {                                         // rim
        base = v_accent * v_accent;
        own = 0.75;
    }
    float sunlight = max(dot(n, u_sun), 0.0) * v_light.y;
    float earthlight = max(-dot(n, u_up) * 0.6 + 0.4, 0.0) * (0.05 + 0.22 * max(dot(u_up, u_sun), 0.0));
    vec3 colour = base * (sunlight * vec3(1.35, 1.31, 1.25) + earthlight * vec3(0.75, 0.87, 1.0) + 0.06);
    vec3 halfway = normalize(u_sun + eye);
    colour += gloss * pow(max(dot(n, halfway), 0.0), 60.0) * v_light.y * vec3(1.0, 0.96, 0.88) * step(0.0, dot(n, u_sun));
    colour = mix(colour, base, own * (1.0 - 0.35 * min(sunlight, 1.0)));
    // Small on the screen, a node is read by its colour first.
    colour = mix(colour, v_accent * v_accent * (0.55 + 0.45 * min(colour.g * 4.0, 1.0)), v_light.x);
    gl_FragColor = vec4(sqrt(min(colour, vec3(1.0))), 1.0) * v_light.z;
}
