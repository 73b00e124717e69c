// Heat on the ground, by ray casting onto the globe: smooth, or cell by cell. Output is premultiplied. ITRF, Earth radii.
#version 120
uniform sampler2D u_heat;     // x: place on the scale, a: 1 where there is a value; row 0 is the south, column 0 180 W
uniform sampler2D u_ramp;
#ifdef PARALLEL
varying vec3 v_from;
#define EYE v_from
#define REACH(distance) 1.0
#else
uniform vec3 u_eye;
#define EYE u_eye
#define REACH(distance) (distance)
#endif
uniform vec2 u_cells;         // columns, rows
uniform float u_pixel;        // angle of a pixel, rad; of parallel rays: its size in Earth radii
uniform float u_snap;         // 1: cells, 0: smooth
uniform float u_opacity;
uniform float u_fade;         // 1: nothing is clear, the little is pale; 0: every value is as opaque
varying vec3 v_ray;
const float PI = 3.14159265;

// Cubic B-spline of 4 x 4 cells by four bilinear reads: its weights add up to 1 everywhere, so that nothing is lost.
vec4 smoothed(vec2 uv) {
    vec2 st = uv * u_cells - 0.5;
    vec2 f = fract(st);
    vec2 g = 1.0 - f;
    vec2 w0 = g * g * g / 6.0;
    vec2 w1 = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
    vec2 w3 = f * f * f / 6.0;
    vec2 low = w0 + w1;
    vec2 a = (floor(st) - 0.5 + w1 / low) / u_cells;
    vec2 b = (floor(st) + 1.5 + w3 / (1.0 - low)) / u_cells;
    vec4 south = mix(texture2D(u_heat, b * vec2(1.0, 0.0) + a * vec2(0.0, 1.0)), texture2D(u_heat, a), low.x);
    vec4 north = mix(texture2D(u_heat, b), texture2D(u_heat, a * vec2(1.0, 0.0) + b * vec2(0.0, 1.0)), low.x);
    return mix(north, south, low.y);
}

void main() {
    vec3 ray = normalize(v_ray);
    float along = -dot(EYE, ray);
    vec3 closest = EYE + along * ray;
    float miss = length(closest);
    float inside = clamp((1.0 - miss) / max(u_pixel * REACH(max(along, 0.0)), 1e-6) + 0.5, 0.0, 1.0);
    if (along <= 0.0 || inside <= 0.0) discard;
    vec3 n = normalize(closest - sqrt(max(0.0, 1.0 - miss * miss)) * ray);

    vec2 uv = vec2(atan(n.y, n.x) / (2.0 * PI) + 0.5, 1.0 - acos(clamp(n.z, -1.0, 1.0)) / PI);
    vec4 cell = u_snap > 0.5 ? texture2D(u_heat, (floor(uv * u_cells) + 0.5) / u_cells) : smoothed(uv);
    float known = cell.a;
    float place = clamp(cell.r / max(known, 1e-3), 0.0, 1.0);
    vec3 colour = texture2D(u_ramp, vec2(place * (255.0 / 256.0) + 0.5 / 256.0, 0.5)).rgb;
    float alpha = u_opacity * inside * known * mix(1.0, smoothstep(0.0, 0.08, place), u_fade);
    gl_FragColor = vec4(colour * alpha, alpha);
}
