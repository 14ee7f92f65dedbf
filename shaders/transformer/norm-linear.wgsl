// RMS norm and matrix product in one pass over the row.
//
//   y[r] = W[r] . (x * gain) / sqrt(mean(x^2) + EPS)
//
// The norm is a single factor for the whole vector. The threads of a row add up x^2 along with the product, so no other
// dispatch or barrier is needed.
//
// x, gain f32[INPUTS]; W [ROWS, INPUTS] packed; y f32[ROWS].
// Dispatch: ceil(ROWS * LANES / 64). Needs packed-weights and matrix-rows.
// Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.

override EPS: f32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> gain: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = (workgroup.x * THREADS + local) / LANES;
  let inside = row < ROWS;
  var product = vec4f();
  var squares = vec4f();
  if (inside) {
    for (var i = local % LANES; i < INPUTS / 8u; i += LANES) {
      let w = row_eight(row, i);
      let lo = x[2u * i];
      let hi = x[2u * i + 1u];
      product += w.lo * (lo * gain[2u * i]) + w.hi * (hi * gain[2u * i + 1u]);
      squares += lo * lo + hi * hi;
    }
  }
  let total = sum_lanes(vec4f(dot(product, vec4f(1)), dot(squares, vec4f(1)), 0, 0), local);
  if (inside && local % LANES == 0u) {
    y[row] = total.x * inverseSqrt(total.y / f32(INPUTS) + EPS);
  }
}
