// The Sun: a disc of its true half degree within a soft glow. Added to what is there.
#version 120
uniform float u_disc;         // the disc's radius as a share of the quad's
varying vec2 v_p;

void main() {
    float r = length(v_p);
    float disc = 1.0 - smoothstep(u_disc * 0.92, u_disc * 1.08, r);
    float inner = exp(-pow(r / (u_disc * 2.4), 1.3)) * 0.9;
    float outer = pow(max(0.0, 1.0 - r), 3.0) * 0.16;
    vec3 colour = vec3(1.0, 0.97, 0.90) * disc + vec3(1.0, 0.86, 0.62) * inner + vec3(0.95, 0.80, 0.60) * outer;
    gl_FragColor = vec4(colour, 1.0);
}
