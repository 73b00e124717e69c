// A crisp disc with a soft halo and a dark hem that lifts it off the ground below.
#version 120
varying vec3 v_colour;
uniform float u_paper;               // 1: the ground is pale; a pale hem and no halo
varying float v_point;
varying float v_size;
varying float v_halo;
varying float v_opacity;

void main() {
    float r = length(gl_PointCoord - 0.5) * v_size;
    float radius = 0.5 * v_point;
    float disc = clamp(radius - r + 0.5, 0.0, 1.0);
    float hem = clamp(radius + 1.0 - r + 0.5, 0.0, 1.0) * 0.55;
    float halo = (1.0 - u_paper) * v_halo * pow(clamp(1.0 - 2.0 * r / v_size, 0.0, 1.0), 2.0);
    float cover = max(disc, hem);
    vec3 colour = v_colour * disc + vec3(0.96 * u_paper) * (cover - disc);   // flat: the legend's own colour
    // Premultiplied: the disc covers, the hem darkens, the halo only adds.
    gl_FragColor = vec4(colour + v_colour * halo * (1.0 - disc), cover) * v_opacity;
}
