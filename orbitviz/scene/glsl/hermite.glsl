// A place between two states: cubic Hermite in Earth radii (6378.137 km), from texels of km and km/s (core/keyframes.py).
// step_s: seconds between them; s: 0..1 along it. Written as a move from the nearer state, so that float32 holds it.
vec3 hermite(vec3 p0, vec3 v0, vec3 p1, vec3 v1, float step_s, float s) {
    vec3 chord = p1 - p0;
    vec3 m0 = v0 * step_s;
    vec3 m1 = v1 * step_s;
    float q = 1.0 - s;
    vec3 from_first = p0 + s * (m0 + s * (3.0 * chord - 2.0 * m0 - m1 + s * (m0 + m1 - 2.0 * chord)));
    vec3 from_last = p1 + q * (-m1 + q * (m0 + 2.0 * m1 - 3.0 * chord + q * (2.0 * chord - m0 - m1)));
    return (s < 0.5 ? from_first : from_last) / 6378.137;
}
