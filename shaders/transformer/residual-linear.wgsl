// Matrix product added to the residual stream.
//
//   x[r] += W[r] . h
//
// h f32[INPUTS]; W [ROWS, INPUTS] packed; x f32[ROWS].
// Dispatch: ceil(ROWS * LANES / 64). Needs packed-weights and matrix-rows.

@group(0) @binding(0) var<storage, read> h: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = (workgroup.x * THREADS + local) / LANES;
  let inside = row < ROWS;
  var part = vec4f();
  if (inside) {
    for (var i = local % LANES; i < INPUTS / 8u; i += LANES) {
      let w = row_eight(row, i);
      part += w.lo * h[2u * i] + w.hi * h[2u * i + 1u];
    }
  }
  let total = sum_lanes(part, local);
  if (inside && local % LANES == 0u) {
    x[row] += dot(total, vec4f(1));
  }
}
