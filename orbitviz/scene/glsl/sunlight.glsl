// Share of the Sun's disc that a point sees past the Earth: 1 in sunlight, 0 in the umbra, between in the penumbra.
// The cone of the true Sun round the parallel shadow axis; the Earth's limb is taken as straight across the Sun's disc
// (it is, seen from up to a few Earth radii), and the disc's cut share as a cubic (within 0.4 %).
const float SUN_RADIUS_RAD = 0.00465047;           // 695,700 km / 1 au

float lit_fraction(vec3 position, vec3 sun) {
    float towards = dot(position, sun);
    float square = dot(position, position);
    float miss = sqrt(max(square - towards * towards, 0.0));
    float x = clamp((miss - 1.0) / (sqrt(max(square - 1.0, 1e-6)) * SUN_RADIUS_RAD), -1.0, 1.0);
    return towards >= 0.0 ? 1.0 : 0.5 + x * (0.63662 - 0.13662 * x * x);
}
