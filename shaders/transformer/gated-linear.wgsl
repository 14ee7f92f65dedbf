// First half of the gated MLP, with its RMS norm.
//
//   h = x * gain / sqrt(mean(x^2) + EPS);   y[r] = silu(W[r] . h) * (W[ROWS + r] . h),   silu(v) = v / (1 + exp(-v))
//
// x, gain f32[INPUTS]; W [2 ROWS, INPUTS] packed: gate rows, then up rows; y f32[ROWS].
// Dispatch: ceil(ROWS * LANES / 64). Needs packed-weights and matrix-rows.
// Source: Shazeer, "GLU Variants Improve Transformer", 2020 (SwiGLU).

override EPS: f32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> gain: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = (workgroup.x * THREADS + local) / LANES;
  let inside = row < ROWS;
  var gate = vec4f();
  var up = vec4f();
  var squares = vec4f();
  if (inside) {
    for (var i = local % LANES; i < INPUTS / 8u; i += LANES) {
      let lo = x[2u * i];
      let hi = x[2u * i + 1u];
      let h_lo = lo * gain[2u * i];
      let h_hi = hi * gain[2u * i + 1u];
      let g = row_eight(row, i);
      let u = row_eight(ROWS + row, i);
      gate += g.lo * h_lo + g.hi * h_hi;
      up += u.lo * h_lo + u.hi * h_hi;
      squares += lo * lo + hi * hi;
    }
  }
  let total = sum_lanes(vec4f(dot(gate, vec4f(1)), dot(up, vec4f(1)), dot(squares, vec4f(1)), 0), local);
  if (inside && local % LANES == 0u) {
    let scale = inverseSqrt(total.z / f32(INPUTS) + EPS);
    let g = total.x * scale;
    y[row] = g / (1.0 + exp(-g)) * (total.y * scale);
  }
}
