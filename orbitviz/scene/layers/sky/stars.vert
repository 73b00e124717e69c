// Stars: GCRS directions turned into the camera's axes; size and brightness from the magnitude.
#version 120
attribute vec3 a_direction;   // unit vector, GCRS
attribute vec4 a_colour;      // rgb, 0..1; a: magnitude (V)
uniform mat4 u_clip_from_gcrs;
uniform float u_scale;        // device pixels a logical pixel
uniform float u_brightness;
varying vec3 v_colour;

void main() {
    gl_Position = u_clip_from_gcrs * vec4(a_direction, 1.0);
    float flux = exp2(-0.56 * (a_colour.a - 1.0));        // gentler than Pogson's 1.33: a screen has little range
    float radius = clamp(0.90 + 1.05 * sqrt(flux), 0.95, 3.4);
    gl_PointSize = 2.0 * radius * u_scale + 1.0;
    v_colour = mix(vec3(1.0), a_colour.rgb, 0.85) * u_brightness * clamp(0.26 + 1.15 * sqrt(flux), 0.0, 1.5);
}
