// Whether the Earth (a sphere of radius 1 at the origin) stands between the eye and a point; in Earth radii, TEME.
// Used in place of a depth buffer: exact at every distance, from 50 m to 50 Earth radii.
bool behind_earth(vec3 eye, vec3 relative) {
    float along = -dot(eye, relative);
    float square = dot(relative, relative);
    if (along <= 0.0 || along >= square) return false;
    vec3 closest = eye + relative * (along / square);
    return dot(closest, closest) < 1.0;
}
