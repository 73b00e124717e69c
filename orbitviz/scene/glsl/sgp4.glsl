// SGP4's near-earth model in float32, line by line as sim.shader_elements.emulate_shader has it (same names and order).
// Angles and rates in turns; time as whole days, whole minutes and seconds, so that nothing has to be uploaded as it
// passes. Result: TEME in units of 6378.137 km.
const float AYCOF = 0.00117253486;                 // -J3 / (2 J2), WGS72
const float XLCOF = 0.00058626743;                 // -J3 / (4 J2)
const float HALF_J2 = 0.000541308;
const float TO_EARTH_RADII = 0.999999686;          // 6378.135 / 6378.137
const float INVERSE_TWO_PI = 0.159154943;

float centred(float turns) { return turns - floor(turns + 0.5); }
vec3 centred(vec3 turns) { return turns - floor(turns + 0.5); }

// x: sine, y: cosine of an angle in turns. Drivers' own are off by 4e-7 and more, which would be metres.
vec2 sincos_turns(float turns) {
    float quarters = turns * 4.0;
    float quadrant = floor(quarters + 0.5);
    float x = (quarters - quadrant) * 1.57079633;
    float x2 = x * x;
    float s = x + x * x2 * (-0.166666667 + x2 * (0.00833333333 + x2 * (-0.000198412698 + x2 * 2.75573192e-6)));
    float c = 1.0 + x2 * (-0.5 + x2 * (0.0416666667 + x2 * (-0.00138888889 + x2 * 2.48015873e-5)));
    float halved = floor(quadrant * 0.5);
    float odd = quadrant - 2.0 * halved;
    float side = 1.0 - 2.0 * (halved - 2.0 * floor(halved * 0.5));
    return side * (odd > 0.5 ? vec2(c, -s) : vec2(s, c));
}

// (sin x, cos x) -> (sin(x + by), cos(x + by)) for |by| <= 0.3
vec2 turned(vec2 sc, float by) {
    float x2 = by * by;
    float s = by + by * x2 * (-0.166666667 + x2 * 0.00833333333);
    float c = 1.0 + x2 * (-0.5 + x2 * (0.0416666667 + x2 * -0.00138888889));
    return vec2(sc.x * c + sc.y * s, sc.y * c - sc.x * s);
}

// Three angles at once: at the reference instant, rates (high part, rest); time: days, minutes, seconds.
vec3 angles_at(vec3 at_reference, vec3 high, vec3 rest, vec3 time) {
    vec3 exact = centred(centred(high * time.y) + centred(centred(high * 1440.0) * time.x));
    vec3 small = rest * time.y + (rest * 1440.0) * time.x + (high + rest) * (time.z * (1.0 / 60.0));
    return centred(centred(exact + at_reference) + small);
}

vec3 sgp4_position(float m, float argp, float node, float inclination, float a, float e) {
    vec2 i = sincos_turns(inclination * INVERSE_TWO_PI);
    vec2 w = sincos_turns(argp);
    float p_inverse = 1.0 / (a * (1.0 - e * e));
    float axn = e * w.y;
    float ayn = e * w.x + p_inverse * (AYCOF * i.x);
    float half_tan = i.y < 0.0 ? (1.0 - i.y) / max(i.x, 1e-6) : i.x / (1.0 + abs(i.y));
    float xlcof = XLCOF * (3.0 + 5.0 * i.y) * half_tan;
    float u = centred(centred(m + argp) + p_inverse * xlcof * axn * INVERSE_TWO_PI);

    vec2 u0 = sincos_turns(u);
    vec2 ecc = u0;
    float d = (axn * ecc.x - ayn * ecc.y) / (1.0 - axn * ecc.y - ayn * ecc.x);
    ecc = turned(u0, d);
    d += (axn * ecc.x - ayn * ecc.y - d) / (1.0 - axn * ecc.y - ayn * ecc.x);
    ecc = turned(u0, d);

    float esine = axn * ecc.x - ayn * ecc.y;
    float el2 = axn * axn + ayn * ayn;
    float r_over_a = 1.0 - (axn * ecc.y + ayn * ecc.x);
    float beta = sqrt(1.0 - el2);
    float k = esine / (1.0 + beta);
    vec2 su = vec2(ecc.x - ayn - axn * k, ecc.y - axn + ayn * k) / r_over_a;
    float sin_2u = 2.0 * su.x * su.y;
    float cos_2u = 1.0 - 2.0 * su.x * su.x;
    float pl = a * (1.0 - el2);
    float k1 = HALF_J2 / pl;
    float k2 = k1 / pl;
    float c2 = i.y * i.y;
    float r = a * r_over_a * (1.0 - 1.5 * k2 * beta * (3.0 * c2 - 1.0)) + 0.5 * k1 * (1.0 - c2) * cos_2u;
    su = turned(su, -0.25 * k2 * (7.0 * c2 - 1.0) * sin_2u);
    vec2 n = turned(sincos_turns(node), 1.5 * k2 * i.y * sin_2u);
    vec2 j = turned(i, 1.5 * k2 * i.y * i.x * cos_2u);
    r *= TO_EARTH_RADII;
    float across = j.y * su.x;
    return r * vec3(n.y * su.y - n.x * across, n.x * su.y + n.y * across, j.x * su.x);
}

// The texels of ShaderElements at an instant; drag: all zeros without drag.
vec3 sgp4(vec4 t0, vec4 t1, vec4 t2, vec4 drag, vec3 time) {
    vec3 angles = angles_at(t0.xyz, vec3(t1.xz, t2.x), vec3(t1.yw, t2.y), time);
    float a = t2.z;
    float e = t2.w;
#ifdef DRAG
    float dt = time.x * 1440.0 + time.y + time.z * (1.0 / 60.0);
    angles.x = centred(angles.x + dt * dt * (drag.x + dt * drag.y));
    a += dt * drag.z;
    e += dt * drag.w;
#endif
    return sgp4_position(angles.x, angles.y, angles.z, t0.w, a, max(e, 1e-6));
}
