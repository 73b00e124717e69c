// The Moon: a quad that faces the eye, in its true direction and size.
#version 120
attribute vec2 a_corner;      // -1..1
uniform mat4 u_clip_from_direction;
uniform vec3 u_moon;          // unit vector from the eye, TEME
uniform vec3 u_right;         // across it, TEME
uniform vec3 u_up;
uniform float u_tan_radius;   // of the quad, a little more than the Moon's
uniform float u_margin;       // quad's radius over the Moon's
varying vec2 v_p;             // Moon radii

void main() {
    v_p = a_corner * u_margin;
    vec3 p = u_moon + u_tan_radius * (a_corner.x * u_right + a_corner.y * u_up);
    gl_Position = u_clip_from_direction * vec4(p, 1.0);
}
