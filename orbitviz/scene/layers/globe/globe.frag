// The globe by ray casting: day and night sides, twilight, city lights, Sun glint on water, haze and the rim of air.
// Everything in ITRF and Earth radii. Output is premultiplied: it covers the stars inside the disc, adds outside.
#version 120
#extension GL_ARB_shader_texture_lod : require
uniform sampler2D u_day;      // rgb: surface, sRGB; a: water
uniform sampler2D u_night;    // city lights
#ifdef PARALLEL
varying vec3 v_from;
#define EYE v_from
#define REACH(distance) 1.0
#else
uniform vec3 u_eye;
#define EYE u_eye
#define REACH(distance) (distance)
#endif
uniform vec3 u_sun;           // unit vector
uniform float u_pixel;        // angle of a pixel, rad; of parallel rays: its size in Earth radii
uniform float u_lod;          // mip level of a pixel at one Earth radius of distance
uniform float u_lights;       // city lights
uniform float u_night_level;  // how much of the night Earth is seen
uniform float u_air;          // 0 or 1: the atmosphere
varying vec3 v_ray;
const float PI = 3.14159265;

#ifdef PAPER
uniform float u_paper;        // 1: a pale map in colour, 2: in grey
// A map of the Earth for pale grounds: land darker than water, the night side a little darker, an edge all round.
vec3 map_of(vec3 albedo, float water, float mu, float facing) {
    float light = sqrt(dot(albedo, vec3(0.30, 0.55, 0.15)));
    vec3 land = mix(vec3(0.70, 0.735, 0.70), sqrt(albedo), 0.12) + 0.10 * (light - 0.45);
    vec3 colour = mix(land, vec3(0.80, 0.855, 0.915), water);
    vec3 grey = vec3(mix(0.74 + 0.12 * (light - 0.45), 0.90, water));
    colour = u_paper > 1.5 ? grey : colour;
    float night = u_night_level > 0.0 ? smoothstep(0.06, -0.10, mu) : 0.0;
    return colour * (1.0 - 0.20 * night) * (1.0 - 0.28 * pow(1.0 - facing, 5.0));
}
#endif

vec4 air(float height, float mu, float reach) {
    // Light scattered towards the eye by the air above the limb: blue by day, red low, none at night.
    float lit = smoothstep(-0.28, 0.22, mu);
    float thick = exp(-height * 75.0) * 0.72 + exp(-height * 24.0) * 0.16;
    float low = smoothstep(0.20, -0.02, mu) * smoothstep(-0.24, -0.04, mu);
    vec3 colour = mix(vec3(0.30, 0.58, 1.0), vec3(1.0, 0.52, 0.28), low * 0.62 * exp(-height * 55.0));
    float airglow = exp(-height * 95.0) * 0.085 * (1.0 - lit);
    return vec4((colour * thick * lit + vec3(0.55, 0.95, 1.0) * airglow) * reach, 0.0);
}

void main() {
    vec3 ray = normalize(v_ray);
    float along = -dot(EYE, ray);
    vec3 closest = EYE + along * ray;
    float miss = length(closest);
    float pixel = max(u_pixel * REACH(max(along, 0.0)), 1e-6);
    float inside = clamp((1.0 - miss) / pixel + 0.5, 0.0, 1.0);
    if (along <= 0.0 || (inside <= 0.0 && miss > 1.22)) discard;

    vec4 result = vec4(0.0);
    if (inside < 1.0) {
        float height = max(miss - 1.0, 0.0);
        float reach = 1.0 - smoothstep(0.12, 0.22, height);
#ifndef PAPER
        result = air(height, dot(closest, u_sun) / miss, reach) * u_air;
#endif
    }
    if (inside > 0.0) {
        float half_chord = sqrt(max(0.0, 1.0 - miss * miss));
        vec3 n = normalize(closest - half_chord * ray);
        float facing = max(-dot(n, ray), 0.0);
        float mu = dot(n, u_sun);

        vec2 uv = vec2(atan(n.y, n.x) / (2.0 * PI) + 0.5, acos(clamp(n.z, -1.0, 1.0)) / PI);
        float lod = u_lod + log2(REACH(max(along - half_chord, 1e-4))) - 0.35 * log2(max(facing, 0.05));
        vec4 surface = texture2DLod(u_day, uv, lod);
        vec3 albedo = surface.rgb * surface.rgb;                           // sRGB to about linear
        float water = surface.a;

#ifdef PAPER
        result = mix(result, vec4(map_of(albedo, water, mu, facing), 1.0), inside);
#else
        // Day: a little softer than Lambert near the terminator, warm light where the Sun stands low.
        float sunlight = smoothstep(-0.04, 0.30, mu) * (0.30 + 0.70 * max(mu, 0.0));
        vec3 tint = mix(vec3(1.0, 0.56, 0.30), vec3(1.0, 0.985, 0.96), smoothstep(0.0, 0.26, mu));
        vec3 day = albedo * tint * sunlight * 1.32;
        vec3 h = normalize(u_sun - ray);
        float shine = max(dot(n, h), 0.0);
        shine *= shine; shine *= shine; shine *= shine; shine *= shine;                    // to the 16th
        float spark = shine * shine; spark *= spark;                                       // to the 64th
        float core = spark * spark; core *= core; core *= core;                            // to the 512th
        // A wide sheen of sky on rough water, paler inwards; only the core has the Sun's own colour.
        vec3 glint = 0.012 * shine * vec3(0.45, 0.75, 1.0) + 0.045 * spark * vec3(0.66, 0.86, 1.0);
        day += water * sunlight * (glint + 0.13 * core * vec3(1.0, 0.95, 0.84));

        // Night: barely visible ground, no blue paint; city lights fade in through twilight.
        float dark = smoothstep(0.06, -0.16, mu);
        float grey = dot(albedo, vec3(0.30, 0.55, 0.15));
        vec3 ground = mix(vec3(grey), albedo, 0.4) * vec3(0.026, 0.029, 0.038) * (1.0 - 0.6 * water);
        vec3 night = (vec3(0.0016, 0.0024, 0.0048) + ground) * u_night_level;
        float city = texture2DLod(u_night, uv, max(lod - 0.5 - 0.25 * log2(max(facing, 0.05)), 0.0)).r;
        night += u_lights * (city * city * vec3(1.0, 0.70, 0.36) * 1.25 + city * vec3(0.055, 0.036, 0.018));
        vec3 colour = day + night * dark;

        // Air between the ground and the eye, thicker towards the limb.
        float slant = 1.0 - facing;
        float haze = (0.055 + 0.55 * slant * slant * slant + 0.5 * pow(slant, 9.0)) * u_air;
        float glow = smoothstep(-0.18, 0.30, mu);
        float low = smoothstep(0.16, 0.0, mu) * smoothstep(-0.20, -0.02, mu);
        vec3 scatter = mix(vec3(0.15, 0.36, 0.80), vec3(0.62, 0.30, 0.16), low * 0.42);
        colour = colour * (1.0 - 0.45 * haze * glow) + scatter * haze * glow * 0.62;

        // Airglow: a breath of green-blue along the dark limb, so that the night side ends somewhere.
        colour += vec3(0.004, 0.009, 0.012) * pow(slant, 5.0) * dark * u_air;
        colour = colour / (1.0 + 0.18 * colour);                           // keep ice and glint from clipping
        result = mix(result, vec4(sqrt(colour), 1.0), inside);
#endif
    }
    gl_FragColor = result;
}
