// Commanded expressions -> shown expressions, the tongue, and the corrections of lip and lid gaps.
//
//   b        = speech blend
//   r        = b clamp(relax_base + relax_gain . c, 0, relax_limit)
//   a        = aperture . c                                    commanded opening in the middle of the lips
//   p        = b pressed (1 - sst(.03, .07, a))                lips press only where the motion closes them
//   f        = b at_teeth (1 - sst(.06, .11, a))               F, V: the lower lip goes to the upper teeth
//   q        = b rounded                                       U, O, W: narrower, at any opening
//   up(c, w) = clamp(w - c, 0, w)                              what c lacks to reach the weight w of a shape
//   e        = expression max(0, 1 - r relax_mask) + headroom (c + p up(c, press) + f up(c, tuck) + q up(c, round))
//   d        = e - expression
//   mesh_s   = rest_s + basis_s . e
//   lips:  target_s = max(-b overlap, g_s + b (lift_s - slack (1 - sst(.01, .03, g_s)))) + (1 - b) photo_s
//          lift_s = lift arch_s sst(.012, .03, a) (1 - sst(.03, .07, a)) (1 - f sst(0, .015, a)) (1 - p)
//          g_s = mix(basis_s . c, bite arch_s, f sst(0, .015, a)) (1 - p)
//   lids:  target_s = mesh_s (1 - blink^2) - overlap blink^2
//   correction_s = target_s - mesh_s
//   tongue   = (tip, between, back, (.9 tip + .55 between) e_jawOpen) step
//   width    = 1 + width . (c + q up(c, round))                from motion and sound only: lips round as much in a smile
//
// The lips open as far as commanded, on every portrait. Closed lips overlap a little, so that nothing shines through. Landmark
// models, such as the one the motion was learned from, see slits of .03 as closed. Parting lips therefore immediately
// open by an additional `lift`, so that such a model detects the commanded opening (`npm run openings`).
//
// expressions Expression[E]; gaps RingGap[S]; basis f32[S x E]; in and out: motion state.
// Dispatch: ceil(max(E, S) / 64). Each thread computes r and e itself, so there is no barrier and no extra pass.
// Needs motion-state.
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
struct RingGap {
  rest: f32,        // IOD
  photo: f32,       // IOD
  kind: u32,        // 0 lips, 1 right lid, 2 left lid
  arch: f32,        // 0 ... 1: the shape of an opening from corner to corner
};
struct Limits {
  relax_base: f32,
  relax_limit: f32,
  lid_overlap: f32,
  lip_slack: f32,   // IOD: a commanded opening smaller than this is a closure
  lip_overlap: f32, // IOD
};

@group(0) @binding(0) var<uniform> limits: Limits;
@group(0) @binding(1) var<storage, read> expressions: array<Expression>;
@group(0) @binding(2) var<storage, read> gaps: array<RingGap>;
@group(0) @binding(3) var<storage, read> basis: array<f32>;
@group(0) @binding(4) var<storage, read_write> state: array<f32>;

// Ranges of commanded openings, IOD.
const CLOSURE: vec2f = vec2f(0.03, 0.07);       // certainly a closure ... certainly none
const BITE: vec2f = vec2f(0.06, 0.11);          // certainly an F or V ... certainly none
const WITHOUT_SLACK: vec2f = vec2f(0.01, 0.03); // the slack fades out
const PARTED: vec2f = vec2f(0.012, 0.03);       // the lift fades in
const WIDE: vec2f = vec2f(0.03, 0.07);          // the lift fades out
const OPEN: vec2f = vec2f(0.0, 0.015);          // the gap of F and V fades in
const BITE_IOD: f32 = 0.06;                     // gap between the lips in F and V
const LIFT_IOD: f32 = 0.012;
// How far the tip of the tongue resists the jaw: raised, and between the teeth.
const HOLD: vec2f = vec2f(0.9, 0.55);

// What the motion lacks to reach a shape.
fn missing(shape: f32, c: f32) -> f32 {
  return clamp(shape - c, 0.0, shape);
}

// mouth: r, p, f, q of the header
fn shown(i: u32, mouth: vec4f) -> f32 {
  let x = expressions[i];
  let c = state[COMMANDED + i];
  let heard = mouth.y * missing(x.press, c) + mouth.z * missing(x.tuck, c) + mouth.w * missing(x.round, c);
  return x.own * max(0.0, 1.0 - mouth.x * x.relax_mask) + x.headroom * (c + heard);
}

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let speech_blend = state[SPEECH_BLEND];
  var gain = limits.relax_base;
  var aperture = 0.0;
  for (var k = 0u; k < EXPRESSIONS; k++) {
    gain += expressions[k].relax_gain * state[COMMANDED + k];
    aperture += expressions[k].aperture * state[COMMANDED + k];
  }
  let mouth = speech_blend * vec4f(
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
    var mesh = gap.rest;
    var commanded = 0.0;
    for (var k = 0u; k < EXPRESSIONS; k++) {
      let slope = basis[i * EXPRESSIONS + k];
      mesh += slope * shown(k, mouth);
      commanded += slope * state[COMMANDED + k];
    }
    let bitten = mouth.z * smoothstep(OPEN.x, OPEN.y, aperture);
    commanded = mix(commanded, BITE_IOD * gap.arch, bitten) * (1.0 - mouth.y);
    let slack = limits.lip_slack * (1.0 - smoothstep(WITHOUT_SLACK.x, WITHOUT_SLACK.y, commanded));
    let parted = smoothstep(PARTED.x, PARTED.y, aperture) * (1.0 - smoothstep(WIDE.x, WIDE.y, aperture));
    let lift = LIFT_IOD * gap.arch * parted * (1.0 - bitten) * (1.0 - mouth.y);
    var target_gap = max(-speech_blend * limits.lip_overlap, commanded + speech_blend * (lift - slack)) + (1.0 - speech_blend) * gap.photo;
    if (gap.kind > 0u) {
      let blink = state[BLINK + gap.kind - 1u];
      target_gap = mesh - (mesh + limits.lid_overlap) * blink * blink;
    }
    state[CORRECTION + i] = target_gap - mesh;
  }
}
