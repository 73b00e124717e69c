// The globe's quad: covers the sphere and its air on the screen, hands each fragment its viewing ray.
#version 120
attribute vec2 a_corner;      // 0..1 within the box
uniform vec4 u_box;           // clip coordinates: x0, y0, x1, y1
uniform vec2 u_tan;           // tangents of the half width and half height of the picture
uniform vec3 u_right;         // camera axes, ITRF
uniform vec3 u_up;
uniform vec3 u_forward;
varying vec3 v_ray;           // not of unit length; linear over the quad
#ifdef PARALLEL
uniform vec3 u_eye;
varying vec3 v_from;          // where the ray begins; u_tan is then the picture's half size in Earth radii
#endif

void main() {
    vec2 p = mix(u_box.xy, u_box.zw, a_corner);
    vec3 across = p.x * u_tan.x * u_right + p.y * u_tan.y * u_up;
#ifdef PARALLEL
    v_ray = u_forward;
    v_from = u_eye + across;
#else
    v_ray = u_forward + across;
#endif
    gl_Position = vec4(p, 0.0, 1.0);
}
