// Expressions that are asked for -> expressions that the mesh shows, and the corrections of lip and lid gaps.
//
//   r        = talking clamp(relax_base + relax_gain . c, 0, relax_limit)
//   e        = expression (1 - r relax_mask) + headroom c          d = e - expression
//   mesh_s   = rest_s + basis_s . e
//   lips:  target_s = max(-talking overlap, basis_s . c - talking slack) + (1 - talking) photo_s
//          the opening is the one asked for, on every portrait; closed lips overlap a little so that nothing shines through
//   lids:  target_s = mesh_s (1 - b^2) - overlap b^2
//   correction_s = target_s - mesh_s
//
// Shapes: expressions Expression[E]; gaps vec4f[S] = (rest, photo,
// kind: 0 lips, 1 right lid, 2 left lid, unused); basis f32[S x E]; in and out: motion state.
// Dispatch: ceil(max(E, S) / 64). Each thread adds up r and e itself: no barrier, no extra pass.
// Source: portrait-bundle.ts, steps 1 and 2.

override EXPRESSIONS: u32;
override SAMPLES: u32;

struct Expression {
  own: f32,         // what the photo shows
  headroom: f32,
  relax_mask: f32,
  relax_gain: f32,
  mode_scale: f32,  // IOD per step of the int8 mode
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

fn shown(i: u32, relaxation: f32) -> f32 {
  let x = expressions[i];
  return x.own * (1.0 - relaxation * x.relax_mask) + x.headroom * state[COMMANDED + i];
}

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let talking = state[TALKING];
  var gain = limits.relax_base;
  for (var k = 0u; k < EXPRESSIONS; k++) { gain += expressions[k].relax_gain * state[COMMANDED + k]; }
  let relaxation = talking * clamp(gain, 0.0, limits.relax_limit);

  if (i < EXPRESSIONS) {
    let e = shown(i, relaxation);
    state[SHOWN + i] = e * expressions[i].mode_scale;
    state[CHANGE + i] = e - expressions[i].own;
  }
  if (i < SAMPLES) {
    let gap = gaps[i];
    var mesh = gap.x;
    var commanded = 0.0;
    for (var k = 0u; k < EXPRESSIONS; k++) {
      let slope = basis[i * EXPRESSIONS + k];
      mesh += slope * shown(k, relaxation);
      commanded += slope * state[COMMANDED + k];
    }
    var target_gap = max(-talking * limits.lip_overlap, commanded - talking * limits.lip_slack) + (1.0 - talking) * gap.y;
    if (gap.z > 0.5) {
      let blink = state[BLINK + u32(gap.z) - 1u];
      target_gap = mesh - (mesh + limits.lid_overlap) * blink * blink;
    }
    state[CORRECTION + i] = target_gap - mesh;
  }
}
