// Expressions that are asked for -> expressions that the mesh shows, the tongue, and the corrections of lip and lid gaps.
//
//   r        = talking clamp(relax_base + relax_gain . c, 0, relax_limit)
//   a        = aperture . c                                     opening that is asked for, in the middle of the lips
//   p        = talking pressed (1 - sst(.03, .07, a))           lips press where the motion closes them
//   f        = talking at_teeth (1 - sst(.06, .11, a))          F, V: the lower lip goes to the upper teeth
//   q        = talking rounded                                  U, O, W: narrower, at whatever opening
//   e        = expression max(0, 1 - r relax_mask) + headroom (c + p up(c, press) + f up(c, tuck) + q up(c, round))
//   d        = e - expression
//   up(c, w) = clamp(w - c, 0, w)                               what c leaves over of a shape
//   mesh_s   = rest_s + basis_s . e
//   lips:  target_s = max(-talking overlap, g_s + talking (lift_s - slack (1 - sst(.01, .03, g_s)))) + (1 - talking) photo_s
//          lift_s = lift a_s sst(.012, .03, a) (1 - sst(.03, .07, a)) (1 - f sst(0, .015, a)) (1 - p)
//          g_s = mix(basis_s . c, bite a_s, f sst(0, .015, a)) (1 - p), a_s the shape of the opening; closed lips stay closed
//          the opening is the one asked for, on every portrait; closed lips overlap a little so that nothing shines through.
//          A landmark model, such as the motion was learned with, sees slits of .03 closed: lips that part do so at once
//          (lift), so that it finds the opening again that was asked for (`npm run openings`)
//   lids:  target_s = mesh_s (1 - b^2) - overlap b^2
//   correction_s = target_s - mesh_s
//   tongue   = (tip, between, back, (.9 tip + .55 between) e_jawOpen) step
//   width    = 1 + width . (c + q up(c, round))              of motion and sound alone: a smile of the photo rounds no less
//
// Shapes: expressions Expression[E]; gaps vec4f[S] = (rest, photo,
// kind: 0 lips, 1 right lid, 2 left lid, a_s); basis f32[S x E]; in and out: motion state.
// Dispatch: ceil(max(E, S) / 64). Each thread adds up r and e itself: no barrier, no extra pass.
// Source: portrait-bundle.ts, steps 1 and 2.

override EXPRESSIONS: u32;
override SAMPLES: u32;
override JAW_OPEN: u32;
override TONGUE_STEP: f32; // IOD per step of the tongue's int8 modes

struct Expression {
  own: f32,         // what the photo shows
  headroom: f32,
  relax_mask: f32,
  relax_gain: f32,
  mode_scale: f32,  // IOD per step of the int8 mode
  press: f32,       // weight in pressed lips
  tuck: f32,        // weight in a lower lip at the teeth
  round: f32,       // weight in rounded lips
  aperture: f32,    // IOD of opening in the middle
  width: f32,       // change of the mouth's width, in widths
};
struct Limits {
  relax_base: f32,
  relax_limit: f32,
  lid_overlap: f32,
  lip_slack: f32,   // IOD: an opening asked for that is smaller than this is a closure
  lip_overlap: f32, // IOD
};

@group(0) @binding(0) var<uniform> limits: Limits;
@group(0) @binding(1) var<storage, read> expressions: array<Expression>;
@group(0) @binding(2) var<storage, read> gaps: array<vec4f>;
@group(0) @binding(3) var<storage, read> basis: array<f32>;
@group(0) @binding(4) var<storage, read_write> state: array<f32>;

// Openings, IOD: a closure certainly and not at all; F and V likewise; what stays open between lip and lip in F and V, and from
// which openings on; openings that are as they are asked for.
const CLOSURE: vec2f = vec2f(0.03, 0.07);
const BITE: vec2f = vec2f(0.06, 0.11);
const BITE_IOD: f32 = 0.06;
const WITHOUT_SLACK: vec2f = vec2f(0.01, 0.03);
const PARTED: vec2f = vec2f(0.012, 0.03);
const WIDE: vec2f = vec2f(0.03, 0.07);
const LIFT_IOD: f32 = 0.012;
const OPEN: vec2f = vec2f(0.0, 0.015);
// A raised tip holds its place against the jaw; between the teeth it is on half its way.
const HOLD: vec2f = vec2f(0.9, 0.55);

// Of a shape, what the motion leaves over.
fn missing(shape: f32, c: f32) -> f32 {
  return clamp(shape - c, 0.0, shape);
}

// mouth: relaxation, pressed, at the teeth, rounded
fn shown(i: u32, mouth: vec4f) -> f32 {
  let x = expressions[i];
  let c = state[COMMANDED + i];
  let heard = mouth.y * missing(x.press, c) + mouth.z * missing(x.tuck, c) + mouth.w * missing(x.round, c);
  return x.own * max(0.0, 1.0 - mouth.x * x.relax_mask) + x.headroom * (c + heard);
}

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let talking = state[TALKING];
  var gain = limits.relax_base;
  var aperture = 0.0;
  for (var k = 0u; k < EXPRESSIONS; k++) {
    gain += expressions[k].relax_gain * state[COMMANDED + k];
    aperture += expressions[k].aperture * state[COMMANDED + k];
  }
  let mouth = talking * vec4f(
    clamp(gain, 0.0, limits.relax_limit),
    state[ARTICULATION + 3u] * (1.0 - smoothstep(CLOSURE.x, CLOSURE.y, aperture)),
    state[ARTICULATION + 4u] * (1.0 - smoothstep(BITE.x, BITE.y, aperture)),
    state[ARTICULATION + 5u]);

  if (i < EXPRESSIONS) {
    let e = shown(i, mouth);
    state[SHOWN + i] = e * expressions[i].mode_scale;
    state[CHANGE + i] = e - expressions[i].own;
  }
  if (i == 0u) {
    var width = 1.0;
    for (var k = 0u; k < EXPRESSIONS; k++) {
      let c = state[COMMANDED + k];
      width += expressions[k].width * (c + mouth.w * missing(expressions[k].round, c));
    }
    state[MOUTH_WIDTH] = width;
    let tongue = vec3f(state[ARTICULATION], state[ARTICULATION + 1u], state[ARTICULATION + 2u]);
    state[TONGUE] = tongue.x * TONGUE_STEP;
    state[TONGUE + 1u] = tongue.y * TONGUE_STEP;
    state[TONGUE + 2u] = tongue.z * TONGUE_STEP;
    state[TONGUE + 3u] = min(dot(HOLD, tongue.xy), 1.0) * max(shown(JAW_OPEN, mouth), 0.0) * TONGUE_STEP;
  }
  if (i < SAMPLES) {
    let gap = gaps[i];
    var mesh = gap.x;
    var commanded = 0.0;
    for (var k = 0u; k < EXPRESSIONS; k++) {
      let slope = basis[i * EXPRESSIONS + k];
      mesh += slope * shown(k, mouth);
      commanded += slope * state[COMMANDED + k];
    }
    let bitten = mouth.z * smoothstep(OPEN.x, OPEN.y, aperture);
    commanded = mix(commanded, BITE_IOD * gap.w, bitten) * (1.0 - mouth.y);
    let slack = limits.lip_slack * (1.0 - smoothstep(WITHOUT_SLACK.x, WITHOUT_SLACK.y, commanded));
    let parted = smoothstep(PARTED.x, PARTED.y, aperture) * (1.0 - smoothstep(WIDE.x, WIDE.y, aperture));
    let lift = LIFT_IOD * gap.w * parted * (1.0 - bitten) * (1.0 - mouth.y);
    var target_gap = max(-talking * limits.lip_overlap, commanded + talking * (lift - slack)) + (1.0 - talking) * gap.y;
    if (gap.z > 0.5) {
      let blink = state[BLINK + u32(gap.z) - 1u];
      target_gap = mesh - (mesh + limits.lid_overlap) * blink * blink;
    }
    state[CORRECTION + i] = target_gap - mesh;
  }
}
