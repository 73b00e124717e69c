// Pieces of lines as quads of a constant width on the screen. A piece's ends are a_start and a_stop; each of its four
// vertices knows which end (0 or 1) and which side (-1 or 1; 0 draws nothing) it is. The part of a piece that lies
// behind the eye is cut off. Define VALUE: a number that is interpolated along the line.
#version 120
#include "horizon.glsl"
attribute vec4 a_start;              // xyz: Earth radii, in the axes and from the origin of u_turn and u_offset; w: end
attribute vec4 a_stop;               // w: side
uniform mat3 u_turn;                 // TEME from the line's axes
uniform vec3 u_offset;               // the line's origin relative to the eye, Earth radii, TEME
uniform vec3 u_eye;                  // Earth radii, TEME
uniform mat4 u_clip_from_relative;
uniform vec2 u_half_size;            // half the picture's width and height in device pixels
uniform float u_width;               // device pixels
varying vec3 v_relative;             // Earth radii from the eye, TEME
varying vec2 v_across;               // x / y: device pixels from the middle of the line
#ifdef VALUE
attribute float a_value;
varying float v_value;
#endif
const float NEAREST = 1e-6;          // Earth radii, 6 m

void main() {
    vec3 start = u_turn * a_start.xyz + u_offset;
    vec3 stop = u_turn * a_stop.xyz + u_offset;
    vec4 clip_start = u_clip_from_relative * vec4(start, 1.0);
    vec4 clip_stop = u_clip_from_relative * vec4(stop, 1.0);
    float end = a_start.w;
#ifdef VALUE
    v_value = a_value;
#endif
    // A piece outside the Earth with both ends hidden is hidden all along.
    bool hidden = behind_earth(u_eye, start) && behind_earth(u_eye, stop);
    if (hidden || a_stop.w == 0.0 || max(clip_start.w, clip_stop.w) <= NEAREST) {
        v_relative = vec3(0.0);
        v_across = vec2(0.0, 1.0);
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    float from = clip_start.w < NEAREST ? (NEAREST - clip_start.w) / (clip_stop.w - clip_start.w) : 0.0;
    float to = clip_stop.w < NEAREST ? (NEAREST - clip_start.w) / (clip_stop.w - clip_start.w) : 1.0;
    vec4 first = mix(clip_start, clip_stop, from);
    vec4 last = mix(clip_start, clip_stop, to);
    vec2 along = (last.xy / last.w - first.xy / first.w) * u_half_size;
    float reach = length(along);
    along = reach > 1e-6 ? along / reach : vec2(1.0, 0.0);
    vec4 clip = end < 0.5 ? first : last;
    v_relative = mix(start, stop, end < 0.5 ? from : to);
    float half_width = 0.5 * u_width + 1.0;
    clip.xy += vec2(-along.y, along.x) * (a_stop.w * half_width * clip.w) / u_half_size;
    // Times w and w itself: their ratio is linear on the screen, where a plain varying would be linear in space.
    v_across = vec2(a_stop.w * half_width, 1.0) * clip.w;
    gl_Position = clip;
}
