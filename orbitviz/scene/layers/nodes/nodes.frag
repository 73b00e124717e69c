// A node's share in a pixel, to be added up: value, known, nothing, count. At two pixels the four shares of a point are
// those of bilinear interpolation, so they sum to one: counts are conserved and points move smoothly, without moire.
// Larger points are discs, and turn into such shares where distance makes them small. Defines: SMALL: all have two
// pixels; HIGHEST: value and known are blended with max and so come unshared; COMPACT: every node has a value, two
// channels are enough: value, count; HIGHLIGHT: nodes that are not of the selected set add to the third channel alone,
// so that sums, means and counts are the set's; PICK: the id (picking.py); PROBE: the position (tests).
#version 120
varying vec2 v_value;
#ifndef SMALL
varying float v_point;
#endif
#ifdef HIGHLIGHT
varying float v_chosen;
#endif
#ifdef PROBE
varying vec3 v_position;
#endif
#ifdef PICK
varying vec3 v_id;
#endif

void main() {
#ifdef PROBE
    gl_FragColor = vec4(v_position, 1.0);
#elif defined(PICK)
    gl_FragColor = vec4(v_id, 1.0);
#else
    vec2 p = max(1.0 - abs(2.0 * gl_PointCoord - 1.0), 0.0);   // rounding may put a pixel outside: no share, not less
    float share = p.x * p.y;
    float least = 0.12;
#ifndef SMALL
    float disc = clamp((0.5 - length(gl_PointCoord - 0.5)) * v_point, 0.0, 1.0);
    float large = clamp(v_point - 2.0, 0.0, 1.0);
    share = mix(share, disc, large);
    least = mix(least, 0.02, large);
#endif
#ifdef HIGHEST
    if (share < least) discard;
#ifdef KEYED
    vec2 shown = floor(v_value + 0.5);   // interpolation is off by a rounding, keys are whole
#else
    vec2 shown = v_value;
#endif
#ifdef HIGHLIGHT
    gl_FragColor = v_chosen > 0.5 ? vec4(shown, 0.0, share) : vec4(0.0, 0.0, share, 0.0);
#else
    gl_FragColor = vec4(shown, 0.0, share);
#endif
#elif defined(HIGHLIGHT)
    gl_FragColor = vec4(v_value * v_chosen, 1.0 - v_chosen, v_chosen) * share;
#elif defined(COMPACT)
    gl_FragColor = vec4(v_value.x, 1.0, 0.0, 0.0) * share;
#else
    gl_FragColor = vec4(v_value * share, 0.0, share);
#endif
#endif
}
