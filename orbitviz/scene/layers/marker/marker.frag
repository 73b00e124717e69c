// A ring with four ticks at its outside and a hem in the ground's colour that lifts it off what lies below. Premultiplied.
#version 120
uniform vec3 u_colour;
uniform vec3 u_hem;
uniform float u_unit;                // device pixels a logical pixel
uniform float u_radius;              // of the ring, logical pixels
varying vec2 v_pixel;

// Share of a pixel that lies closer than `reach` to the line `distance` away, device pixels.
float band(float distance, float reach) { return clamp(reach + 0.5 - distance, 0.0, 1.0); }

void main() {
    float r = length(v_pixel);
    vec2 p = abs(v_pixel);
    float ring = abs(r - u_radius * u_unit);
    float from = (u_radius + 3.0) * u_unit;
    float tick = max(min(p.x, p.y), max(from - r, r - from - 5.0 * u_unit));
    float line = max(band(ring, 0.85 * u_unit), band(tick, 0.75 * u_unit));
    float hem = max(band(ring, 2.2 * u_unit), band(tick, 2.0 * u_unit)) * 0.45;
    gl_FragColor = vec4(u_colour * line + u_hem * (max(line, hem) - line), max(line, hem));
}
