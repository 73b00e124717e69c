// A crisp disc with a soft halo and a dark hem that lifts it off the ground below.
#version 120
varying vec3 v_colour;
varying float v_point;
varying float v_opacity;

void main() {
    float r = length(gl_PointCoord - 0.5) * (2.0 * v_point + 2.0);
    float radius = 0.5 * v_point;
    float disc = clamp(radius - r + 0.5, 0.0, 1.0);
    float hem = clamp(radius + 1.0 - r + 0.5, 0.0, 1.0) * 0.55;
    float halo = 0.30 * pow(clamp(1.0 - r / (2.0 * radius + 1.0), 0.0, 1.0), 2.0);
    float cover = max(disc, hem);
    vec3 colour = v_colour * disc;                                  // flat: the legend's own colour
    // Premultiplied: the disc covers, the hem darkens, the halo only adds.
    gl_FragColor = vec4(colour + v_colour * halo * (1.0 - disc), cover) * v_opacity;
}
