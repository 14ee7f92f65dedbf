// Rows of a matrix times a vector: the common part of the matrix-vector kernels. Needs packed-weights.wgsl before it.
//
// LANES = 8 on a GPU: eight neighbouring threads share a row, read 128 contiguous bytes of it at a time, and add up their
// partial sums through workgroup memory behind a single barrier. 64 threads = 8 rows per workgroup.
// LANES = 1 on a software adapter: one thread per row and no barrier (there a barrier costs 13 times the row).
// The kernel declares `weights: array<vec4u>`, row-major [rows, INPUTS], packed.

const THREADS = 64u;

override LANES: u32;
override INPUTS: u32;
override ROWS: u32;

var<workgroup> lane_parts: array<vec4f, THREADS>;

fn row_eight(row: u32, index: u32) -> Eight {
  let at = row * (INPUTS / 8u) + index;
  if (HALF) {
    return unpack_half(weights[at]);
  }
  return unpack_full(weights[2u * at], weights[2u * at + 1u]);
}

// The sum over the lanes of a row; valid in lane 0.
fn sum_lanes(part: vec4f, local: u32) -> vec4f {
  if (LANES == 1u) {
    return part;
  }
  lane_parts[local] = part;
  workgroupBarrier();
  var total = vec4f();
  if (local % LANES == 0u) {
    for (var lane = 0u; lane < LANES; lane++) {
      total += lane_parts[local + lane];
    }
  }
  return total;
}
