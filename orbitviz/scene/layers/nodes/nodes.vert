// Every node: its place by SGP4 from element textures that were uploaded once, its value from two recorded frames (or
// computed here), one point for the accumulating target. A node behind the Earth leaves the clip volume.
// FILTER: a node that is not of the selected set leaves it too; HIGHLIGHT: it is counted apart.
// KEYED: a category as a key, 256 x order + category, of which the highest wins the pixel (crowded.py).
// GROW: a node is larger where its value is higher.
// STATES: its place by the cubic between two keyframes instead (states.py).
// Defines: RECORDED, SUNLIT, ALTITUDE_KM or LATITUDE_RAD (else no value); DRAG; PICK writes ids (picking.py); PROBE the position (tests).
#version 120
#ifdef STATES
#include "hermite.glsl"
#else
#include "sgp4.glsl"
#endif
#include "horizon.glsl"
#include "sunlight.glsl"
attribute vec2 a_texel;              // column and row: exact, where one float could not count a million nodes
uniform vec2 u_grid;                 // columns, rows
#ifdef STATES
attribute vec2 a_state;              // column and row among the states
uniform vec2 u_state_grid;           // columns, rows
uniform sampler2D u_place_0;         // km, 1 where known
uniform sampler2D u_speed_0;         // km/s
uniform sampler2D u_place_1;
uniform sampler2D u_speed_1;
uniform vec2 u_along;                // seconds between the two, 0..1 along them
#else
uniform sampler2D u_elements_0;
uniform sampler2D u_elements_1;
uniform sampler2D u_elements_2;
#ifdef DRAG
uniform sampler2D u_elements_3;
#endif
uniform vec3 u_time;                 // days, minutes, seconds since the reference instant
#endif
uniform vec3 u_eye;                  // Earth radii, TEME
uniform mat4 u_clip_from_relative;
uniform float u_point;               // device pixels
uniform float u_plain;               // distance up to which a point has its full size, Earth radii
uniform float u_near_square;         // Earth radii, squared: nearer nodes come from the processor (near.py)
uniform vec2 u_altitude;             // least altitude, 1 / range; Earth radii
#ifdef LATITUDE_RAD
uniform vec2 u_latitude;             // least latitude, 1 / range; rad
#endif
uniform vec3 u_sun;
#ifdef RECORDED
uniform sampler2D u_before;
uniform sampler2D u_after;
uniform float u_mix;
uniform float u_fill;                // stored "no value" as read from the texture; -1 when there is none
#endif
uniform vec2 u_turn;                 // value = u_turn.x + u_turn.y * value: the lowest wins by blending with max
#ifdef KEYED
uniform vec3 u_rank;                 // stored full scale; order = (category + y) modulo z, z = 0: the nearest wins
#endif
#ifdef GROW
uniform vec2 u_scale;                // place in the range = x + y * value
#endif
#if defined(FILTER) || defined(HIGHLIGHT)
uniform sampler2D u_chosen;          // 1 for the nodes of the selected set
#endif
#ifdef HIGHLIGHT
uniform float u_rest_point;          // device pixels of the others
varying float v_chosen;
#endif
varying vec2 v_value;                // value 0..1 times known, known 0 or 1
#ifndef SMALL
varying float v_point;               // device pixels
#endif
#ifdef PROBE
varying vec3 v_position;
#endif
#ifdef PICK
varying vec3 v_id;                   // 0..1: column low byte, row low byte, high parts of row (times 16) and column
#endif

void main() {
    vec2 uv = (a_texel + 0.5) / u_grid;
#if defined(FILTER) && !defined(PROBE)
    if (texture2DLod(u_chosen, uv, 0.0).r < 0.5) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        gl_PointSize = 1.0;
        return;
    }
#endif
#ifdef STATES
    vec2 at = (a_state + 0.5) / u_state_grid;
    vec4 first = texture2DLod(u_place_0, at, 0.0);
    vec4 last = texture2DLod(u_place_1, at, 0.0);
    bool stateless = first.w * last.w < 0.5;
    vec3 position = hermite(first.xyz, texture2DLod(u_speed_0, at, 0.0).xyz,
                            last.xyz, texture2DLod(u_speed_1, at, 0.0).xyz, u_along.x, u_along.y);
#else
    const bool stateless = false;
    vec4 drag = vec4(0.0);
#ifdef DRAG
    drag = texture2DLod(u_elements_3, uv, 0.0);
#endif
    vec3 position = sgp4(texture2DLod(u_elements_0, uv, 0.0), texture2DLod(u_elements_1, uv, 0.0),
                         texture2DLod(u_elements_2, uv, 0.0), drag, u_time);
#endif
    float value = 0.0;
    float known = 1.0;
#ifdef NONE
    known = 0.0;
#endif
#ifdef RECORDED
    float before = texture2DLod(u_before, uv, 0.0).r;
    float after = texture2DLod(u_after, uv, 0.0).r;
    value = mix(before, after, u_mix);
    known = (abs(before - u_fill) < 1e-6 || abs(after - u_fill) < 1e-6) ? 0.0 : 1.0;
#endif
#ifdef SUNLIT
    value = lit_fraction(position, u_sun);
#endif
#ifdef ALTITUDE_KM
    // Above the ellipsoid: its radius falls by f sin^2(latitude), WGS84 (within 0.1 km below 2,000 km)
    float r = length(position);
    float up = position.z / r;
    value = (r - 1.0 + 0.0033528107 * up * up - u_altitude.x) * u_altitude.y;
#endif
#ifdef LATITUDE_RAD
    // Geodetic: off the geocentric one by e^2 / 2 sin(2 latitude) at the ground, less the higher (within 1e-5)
    // By atan: drivers' asin is off by 4e-4.
    float geocentric = atan(position.z, length(position.xy));
    value = (geocentric + 0.0033471902 * sin(2.0 * geocentric) / length(position) - u_latitude.x) * u_latitude.y;
#endif
    float shown = u_turn.x + u_turn.y * value;
#ifdef KEYED
    float number = floor(value * u_rank.x + 0.5);
    float nearest = floor(4094.0 / (1.0 + 0.5 * length(position - u_eye)));
    float order = 1.0 + (u_rank.z > 0.0 ? mod(number + u_rank.y, u_rank.z) : nearest);
    shown = 256.0 * order + mod(number, 256.0);
#endif
    v_value = vec2(shown * known, known);
#ifdef PROBE
    gl_Position = stateless ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(2.0 * uv - 1.0, 0.0, 1.0);
    gl_PointSize = 1.0;
#else
    vec3 relative = position - u_eye;
#ifdef PICK
    vec2 high = floor(a_texel / 256.0);
    v_id = vec3(a_texel - 256.0 * high, high.x + 16.0 * high.y) / 255.0;
#endif
    bool gone = stateless || dot(relative, relative) < u_near_square || behind_earth(u_eye, relative);
    gl_Position = gone ? vec4(2.0, 2.0, 2.0, 1.0) : u_clip_from_relative * vec4(relative, 1.0);
#ifdef PICK
    // Nearer wins; any monotone depth does, and parallel rays have their own.
    if (u_parallel == vec3(0.0)) gl_Position.z = gl_Position.w * (1.0 - 2.0 / (1.0 + length(relative)));
#endif
#ifdef SMALL
    gl_PointSize = u_point;
#else
    float point = u_point;
#ifdef HIGHLIGHT
    v_chosen = texture2DLod(u_chosen, uv, 0.0).r < 0.5 ? 0.0 : 1.0;
    point = v_chosen > 0.5 ? u_point : u_rest_point;
#endif
    float least = min(point, 2.0);
#ifdef GROW
    float place = clamp(u_scale.x + u_scale.y * value, 0.0, 1.0);
    point *= mix(1.0, 0.6 + 1.6 * sqrt(place), known);
#endif
    // From inside a fleet its far side would otherwise be painted solid.
    v_point = max(point * sqrt(min(u_plain / max(length(relative), 1e-6), 1.0)), least);
    gl_PointSize = v_point;
#endif
#endif
#ifdef PROBE
    v_position = position;
#endif
}
