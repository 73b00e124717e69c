// The Moon's disc: a grey ball lit by the Sun, with a breath of earthshine; no limb darkening at full Moon, as it is.
#version 120
uniform vec3 u_moon;
uniform vec3 u_right;
uniform vec3 u_up;
uniform vec3 u_sun;
uniform float u_pixel;        // a device pixel in Moon radii
varying vec2 v_p;

void main() {
    float r = length(v_p);
    float cover = clamp((1.0 - r) / u_pixel + 0.5, 0.0, 1.0);
    if (cover <= 0.0) discard;
    vec3 n = v_p.x * u_right + v_p.y * u_up - sqrt(max(0.0, 1.0 - r * r)) * u_moon;
    float towards = max(dot(n, u_sun), 0.0);
    float facing = max(-dot(n, u_moon), 0.02);
    float light = 1.35 * towards / (towards + facing);                   // Lommel-Seeliger: dust, not a painted ball
    vec3 colour = vec3(0.80, 0.79, 0.76) * sqrt(clamp(light, 0.0, 1.0)) + vec3(0.030, 0.034, 0.042);
    gl_FragColor = vec4(colour * cover, cover);
}
