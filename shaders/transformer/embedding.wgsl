// Input of the motion transformer for one frame: audio embedding plus the embeddings of the previous frame's codes.
//
//   x[r] = audio_in[r] . a + bias[r] + (first ? start[r] : sum_l table[l][token_l][r])
//
// a f32[INPUTS]: audio embedding; audio_in [ROWS, INPUTS] packed; bias_start f32[2, ROWS]: bias, then start;
// table f16[LEVELS, CODES, ROWS], two per u32; tokens u32[LEVELS]: the previous frame's codes; x f32[ROWS].
// Dispatch: ceil(ROWS * LANES / 64). Needs packed-weights, matrix-rows and step-state.
// Source: the sum of code embeddings of a residual quantiser and the conditioning, as in Teller (Zhen et al., 2025).

override LEVELS: u32;
override CODES: u32;

@group(0) @binding(0) var<uniform> state: StepState;
@group(0) @binding(1) var<storage, read> audio: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4u>;
@group(0) @binding(3) var<storage, read> bias_start: array<f32>;
@group(0) @binding(4) var<storage, read> table: array<u32>;
@group(0) @binding(5) var<storage, read> tokens: array<u32>;
@group(0) @binding(6) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = (workgroup.x * THREADS + local) / LANES;
  let inside = row < ROWS;
  var part = vec4f();
  if (inside) {
    for (var i = local % LANES; i < INPUTS / 8u; i += LANES) {
      let w = row_eight(row, i);
      part += w.lo * audio[2u * i] + w.hi * audio[2u * i + 1u];
    }
  }
  let total = sum_lanes(part, local);
  if (inside && local % LANES == 0u) {
    var value = dot(total, vec4f(1)) + bias_start[row];
    if (state.first == 1u) {
      value += bias_start[ROWS + row];
    } else {
      for (var level = 0u; level < LEVELS; level++) {
        let at = (level * CODES + tokens[level]) * ROWS + row;
        value += unpack2x16float(table[at / 2u])[at % 2u];
      }
    }
    x[row] = value;
  }
}
