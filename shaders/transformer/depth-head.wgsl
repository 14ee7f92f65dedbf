// Depth head: scores and samples the levels of a frame one after another, in one workgroup.
//
//   u = entry[l] + sum_{j<l} table[j][token_j]
//   u += down[l] (silu(g) * up),  (g, up) = gate_up[l] rmsnorm(u, norm[l])
//   logits = out[l] rmsnorm(u, out_norm[l]) + out_bias[l]
//   token_l = argmax over the top_k largest logits of logits + temperature * gumbel(seed, frame, l, k)
//
// A level needs the token of the previous level, so the levels form a chain. The part that does not depend on tokens,
// entry (in[l] hidden for all levels), is computed beforehand by norm-linear. Each thread owns a row, and weights are
// stored [LEVELS, inputs/8, rows] in eights: neighbouring threads read neighbouring bytes, and no sum needs a barrier.
//
// entry f32[LEVELS, WIDTH]; gate_up [LEVELS, WIDTH/8, 2 FF], down [LEVELS, FF/8, WIDTH], out [LEVELS, WIDTH/8, CODES]
// packed; vectors f32[LEVELS, 2 WIDTH + CODES]: norm, out_norm, out_bias; table f16[LEVELS, CODES, WIDTH], two per u32.
// Out: tokens u32[LEVELS], logits f32[LEVELS, CODES].
// Dispatch: 1. Needs packed-weights, step-state, random.
// Sources: depth transformer over residual-quantised codes, Lee et al., "RQ-Transformer", CVPR 2022; Gumbel-max
// sampling, Gumbel 1954; top-k, Fan et al., 2018.

override THREADS: u32;
override LEVELS: u32;
override WIDTH: u32;
override FF: u32;
override CODES: u32;
override EPS: f32;

const SCANNERS = 16u; // threads that search for the best candidate
const NEVER = -3.0e38;

@group(0) @binding(0) var<uniform> state: StepState;
@group(0) @binding(1) var<storage, read> entry: array<f32>;
@group(0) @binding(2) var<storage, read> gate_up: array<vec4u>;
@group(0) @binding(3) var<storage, read> down: array<vec4u>;
@group(0) @binding(4) var<storage, read> out: array<vec4u>;
@group(0) @binding(5) var<storage, read> vectors: array<f32>;
@group(0) @binding(6) var<storage, read> table: array<u32>;
@group(0) @binding(7) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(8) var<storage, read_write> logits: array<f32>;

var<workgroup> entered: array<f32, WIDTH>; // sum of the embeddings of the tokens sampled so far
var<workgroup> u: array<f32, WIDTH>;
var<workgroup> hidden: array<f32, FF>;
var<workgroup> row_logits: array<f32, CODES>;
var<workgroup> candidates: array<f32, CODES>;
var<workgroup> best_codes: array<u32, SCANNERS>;

fn gate_up_eight(at: u32) -> Eight {
  if (HALF) {
    return unpack_half(gate_up[at]);
  }
  return unpack_full(gate_up[2u * at], gate_up[2u * at + 1u]);
}

fn down_eight(at: u32) -> Eight {
  if (HALF) {
    return unpack_half(down[at]);
  }
  return unpack_full(down[2u * at], down[2u * at + 1u]);
}

fn out_eight(at: u32) -> Eight {
  if (HALF) {
    return unpack_half(out[at]);
  }
  return unpack_full(out[2u * at], out[2u * at + 1u]);
}

fn u_eight(i: u32) -> Eight {
  return Eight(vec4f(u[i], u[i + 1u], u[i + 2u], u[i + 3u]), vec4f(u[i + 4u], u[i + 5u], u[i + 6u], u[i + 7u]));
}

fn hidden_eight(i: u32) -> Eight {
  return Eight(
    vec4f(hidden[i], hidden[i + 1u], hidden[i + 2u], hidden[i + 3u]),
    vec4f(hidden[i + 4u], hidden[i + 5u], hidden[i + 6u], hidden[i + 7u]),
  );
}

fn vector_eight(i: u32) -> Eight {
  return Eight(
    vec4f(vectors[i], vectors[i + 1u], vectors[i + 2u], vectors[i + 3u]),
    vec4f(vectors[i + 4u], vectors[i + 5u], vectors[i + 6u], vectors[i + 7u]),
  );
}

// a . b
fn product(a: Eight, b: Eight) -> f32 {
  return dot(a.lo, b.lo) + dot(a.hi, b.hi);
}

fn gained(value: Eight, gain: Eight) -> Eight {
  return Eight(value.lo * gain.lo, value.hi * gain.hi);
}

fn activate(level: u32, local: u32) {
  let gain_at = level * (2u * WIDTH + CODES);
  for (var row = local; row < FF; row += THREADS) {
    var gate = 0.0;
    var up = 0.0;
    var squares = 0.0;
    for (var i = 0u; i < WIDTH / 8u; i++) {
      let value = u_eight(8u * i);
      let h = gained(value, vector_eight(gain_at + 8u * i));
      let at = (level * (WIDTH / 8u) + i) * 2u * FF + row;
      gate += product(gate_up_eight(at), h);
      up += product(gate_up_eight(at + FF), h);
      squares += product(value, value);
    }
    let scale = inverseSqrt(squares / f32(WIDTH) + EPS);
    gate *= scale;
    hidden[row] = gate / (1.0 + exp(-gate)) * (up * scale);
  }
}

fn add_down(level: u32, local: u32) {
  for (var row = local; row < WIDTH; row += THREADS) {
    var sum = 0.0;
    for (var i = 0u; i < FF / 8u; i++) {
      sum += product(down_eight((level * (FF / 8u) + i) * WIDTH + row), hidden_eight(8u * i));
    }
    u[row] += sum;
  }
}

fn score(level: u32, local: u32) {
  let vectors_at = level * (2u * WIDTH + CODES);
  for (var row = local; row < CODES; row += THREADS) {
    var sum = 0.0;
    var squares = 0.0;
    for (var i = 0u; i < WIDTH / 8u; i++) {
      let value = u_eight(8u * i);
      sum += product(out_eight((level * (WIDTH / 8u) + i) * CODES + row), gained(value, vector_eight(vectors_at + WIDTH + 8u * i)));
      squares += product(value, value);
    }
    let logit = sum * inverseSqrt(squares / f32(WIDTH) + EPS) + vectors[vectors_at + 2u * WIDTH + row];
    row_logits[row] = logit;
    logits[level * CODES + row] = logit;
  }
}

// Rank of a code by its logit, 0 for the largest.
fn rank(code: u32) -> u32 {
  let logit = row_logits[code];
  var larger = 0u;
  for (var other = 0u; other < CODES; other++) {
    let value = row_logits[other];
    larger += u32(value > logit || (value == logit && other < code));
  }
  return larger;
}

fn propose(level: u32, local: u32) {
  for (var code = local; code < CODES; code += THREADS) {
    var value = row_logits[code];
    if (state.temperature > 0.0) {
      if (rank(code) < state.top_k) {
        value += state.temperature * gumbel(state.seed, state.frame, level, code);
      } else {
        value = NEVER;
      }
    }
    candidates[code] = value;
  }
}

// The best of the codes scanner, scanner + SCANNERS, ...; of equal ones the first.
fn scan(scanner: u32) {
  var best = scanner;
  for (var code = scanner + SCANNERS; code < CODES; code += SCANNERS) {
    if (candidates[code] > candidates[best]) {
      best = code;
    }
  }
  best_codes[scanner] = best;
}

fn winner() -> u32 {
  var best = best_codes[0];
  for (var scanner = 1u; scanner < SCANNERS; scanner++) {
    let code = best_codes[scanner];
    let ahead = candidates[code] - candidates[best];
    if (ahead > 0.0 || (ahead == 0.0 && code < best)) {
      best = code;
    }
  }
  return best;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) local: u32) {
  for (var i = local; i < WIDTH; i += THREADS) {
    entered[i] = 0.0;
  }
  for (var level = 0u; level < LEVELS; level++) {
    // Only its own thread reads and writes entered[i].
    for (var i = local; i < WIDTH; i += THREADS) {
      u[i] = entry[level * WIDTH + i] + entered[i];
    }
    workgroupBarrier();
    activate(level, local);
    workgroupBarrier();
    add_down(level, local);
    workgroupBarrier();
    score(level, local);
    workgroupBarrier();
    propose(level, local);
    workgroupBarrier();
    if (local < SCANNERS) {
      scan(local);
    }
    workgroupBarrier();
    let token = winner();
    if (local == 0u) {
      tokens[level] = token;
    }
    for (var i = local; i < WIDTH; i += THREADS) {
      let at = (level * CODES + token) * WIDTH + i;
      entered[i] += unpack2x16float(table[at / 2u])[at % 2u];
    }
  }
}
