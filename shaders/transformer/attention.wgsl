// Attention of one frame over the ring of earlier frames and the learned attention sinks, one workgroup per head.
//
//   score(age)  = q . rope(k[age], -age) / sqrt(HEAD_SIZE)      age 0: this frame ... history
//   score(sink) = q . sink_key / sqrt(HEAD_SIZE)                  learned constants, at age 0
//   output = sum softmax(score) v
//
// Keys are stored in the ring without rotation and rotated by their age when they are read, so positions stay within
// 0 ... WINDOW - 1 however long the stream runs. rope rotates the pair (j, j + HEAD_SIZE/2) by
// -age * base^(-2j/HEAD_SIZE). This kernel also stores the frame's own key and value, in slot state.slot.
//
// qkv f32[3, D]: q, k, v of this frame; sink_keys, sink_values f32[SINKS, D]; keys, values f32[WINDOW, D];
// rotation f32[WINDOW, 2, HEAD_SIZE/2]: cosines, then sines; output f32[D]. D = heads * HEAD_SIZE.
// Dispatch: one workgroup per head. Needs step-state.
// Sources: Su et al., "RoFormer", 2021; Xiao et al., "Efficient Streaming Language Models with Attention Sinks", 2024.

const THREADS = 64u;

override D: u32;
override HEAD_SIZE: u32;
override WINDOW: u32;
override SINKS: u32;
override ENTRIES = WINDOW + SINKS;

@group(0) @binding(0) var<uniform> state: StepState;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(2) var<storage, read> sink_keys: array<vec4f>;
@group(0) @binding(3) var<storage, read> sink_values: array<f32>;
@group(0) @binding(4) var<storage, read> rotation: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> keys: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<storage, read_write> output: array<f32>;

var<workgroup> scores: array<f32, ENTRIES>;
var<workgroup> shares: array<f32, ENTRIES>;

fn slot_of(age: u32) -> u32 {
  return (state.slot + WINDOW - age) % WINDOW;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = workgroup.x * HEAD_SIZE; // of this head, in floats
  let q_at = first / 4u;
  let half = HEAD_SIZE / 8u; // vec4f of half a head
  let frames = state.history + 1u;
  let entries = frames + SINKS;

  // Below, this frame's own key and value are read from qkv, so no barrier is needed after these writes.
  for (var j = local; j < HEAD_SIZE / 4u; j += THREADS) {
    keys[(state.slot * D) / 4u + q_at + j] = qkv[D / 4u + q_at + j];
  }
  for (var j = local; j < HEAD_SIZE; j += THREADS) {
    values[state.slot * D + first + j] = qkv[(2u * D + first + j) / 4u][j % 4u];
  }

  for (var entry = local; entry < entries; entry += THREADS) {
    var sum = vec4f();
    if (entry < frames) {
      let k_at = (slot_of(entry) * D) / 4u + q_at;
      for (var j = 0u; j < half; j++) {
        var k1 = vec4f();
        var k2 = vec4f();
        if (entry == 0u) {
          k1 = qkv[D / 4u + q_at + j];
          k2 = qkv[D / 4u + q_at + half + j];
        } else {
          k1 = keys[k_at + j];
          k2 = keys[k_at + half + j];
        }
        let cosine = rotation[entry * 2u * half + j];
        let sine = rotation[entry * 2u * half + half + j];
        sum += qkv[q_at + j] * (k1 * cosine + k2 * sine) + qkv[q_at + half + j] * (k2 * cosine - k1 * sine);
      }
    } else {
      let k_at = ((entry - frames) * D) / 4u + q_at;
      for (var j = 0u; j < HEAD_SIZE / 4u; j++) {
        sum += qkv[q_at + j] * sink_keys[k_at + j];
      }
    }
    scores[entry] = dot(sum, vec4f(1)) * inverseSqrt(f32(HEAD_SIZE));
  }
  workgroupBarrier();

  var largest = scores[0];
  for (var entry = 1u; entry < entries; entry++) {
    largest = max(largest, scores[entry]);
  }
  for (var entry = local; entry < entries; entry += THREADS) {
    shares[entry] = exp(scores[entry] - largest);
  }
  workgroupBarrier();

  for (var j = local; j < HEAD_SIZE; j += THREADS) {
    var total = shares[0];
    var sum = shares[0] * qkv[(2u * D + first + j) / 4u][j % 4u];
    for (var entry = 1u; entry < entries; entry++) {
      let share = shares[entry];
      total += share;
      if (entry < frames) {
        sum += share * values[slot_of(entry) * D + first + j];
      } else {
        sum += share * sink_values[(entry - frames) * D + first + j];
      }
    }
    output[first + j] = sum / total;
  }
}
