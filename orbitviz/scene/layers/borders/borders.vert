// Coasts, country borders and the graticule: lines a hair above the ground, turning with the Earth.
#version 120
attribute vec3 a_place;       // unit vector, ITRF
uniform vec3 u_eye;           // Earth radii, ITRF
uniform mat4 u_clip_from_relative;   // from ITRF axes
varying float v_front;        // above 0 on the near side of the horizon

void main() {
    vec3 place = a_place * 1.0004;
    v_front = dot(place, u_eye) - 1.0;
    gl_Position = u_clip_from_relative * vec4(place - u_eye, 1.0);
}
