// Whether the Earth (a sphere of radius 1 at the origin) stands between the eye and a point; in Earth radii, TEME.
// Used in place of a depth buffer: exact at every distance, from 10 m to 50 Earth radii.
uniform vec3 u_parallel;             // towards the eye where rays are parallel (orthographic), else zeros

bool behind_earth(vec3 eye, vec3 relative) {
    if (u_parallel != vec3(0.0)) {
        vec3 place = eye + relative;
        float above = dot(place, u_parallel);
        return above < 0.0 && dot(place, place) - above * above < 1.0;
    }
    float along = -dot(eye, relative);
    float square = dot(relative, relative);
    if (along <= 0.0 || along >= square) return false;
    vec3 closest = eye + relative * (along / square);
    return dot(closest, closest) < 1.0;
}
