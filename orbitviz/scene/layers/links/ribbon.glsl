// Share of a pixel that a line covers: a box as wide as a pixel slid across a band of u_width.
uniform float u_width;               // device pixels
varying vec2 v_across;

float line_cover() {
    float d = abs(v_across.x / v_across.y);
    float half_width = 0.5 * u_width;
    return clamp(min(d + 0.5, half_width) - max(d - 0.5, -half_width), 0.0, 1.0);
}
