// Residual-VQ decoder: the frame's tokens to its MotionLatent, with the smoothing of the head pose, the idle life and
// the turn of delta by the head.
//
//   code = sum_l codebooks[l][token_l];   m = mean + decode code;   s += smoothing * (m - s)   (first frame: s = m)
//   blink of eye e:  delta += b_e * max(0, 1 - closed_e) * close[e],   closed_e = read[e] . delta
//   angles, t += idle;   delta_j = delta_head_j R(pitch, yaw, roll)
//
// A blink joins what the tokens already close like probabilities do, so two half-closed lids never close twice.
//
// tokens u32[LEVELS]; codebooks f16[LEVELS, CODES, CODE_SIZE], two a u32; decoder f32: mean[70], smoothing[70],
// decode[70, CODE_SIZE]; lids f32: read[2, 63], close[2, 63], left eye first; smooth f32[70]: s of the last frame;
// latent f32[70]. Dispatch: 1. Needs step-state.
// Sources: van den Oord et al., "VQ-VAE", 2017; Zeghidour et al., "SoundStream" (residual VQ), 2021; LivePortrait
// (Guo et al., 2024) for the latent and R, as in src/core/rotation.ts.

const THREADS = 64u;
const SIZE = 70u;
const DELTA = 63u;
const KEYPOINTS = 21u;
const PITCH = 63u;
const TRANSLATION = 66u;

override LEVELS: u32;
override CODES: u32;
override CODE_SIZE: u32;

struct Idle {
  blink: vec2f, // 0 ... 1, left and right eye
  angles: array<f32, 3>, // pitch, yaw, roll, degrees; scalars, so that a vec3 pads nothing
  translation: array<f32, 3>, // IOD
}

@group(0) @binding(0) var<uniform> state: StepState;
@group(0) @binding(1) var<storage, read> idle: Idle;
@group(0) @binding(2) var<storage, read> tokens: array<u32>;
@group(0) @binding(3) var<storage, read> codebooks: array<u32>;
@group(0) @binding(4) var<storage, read> decoder: array<f32>;
@group(0) @binding(5) var<storage, read> lids: array<f32>;
@group(0) @binding(6) var<storage, read_write> smooth_state: array<f32>;
@group(0) @binding(7) var<storage, read_write> latent: array<f32>;

var<workgroup> code: array<f32, CODE_SIZE>;
var<workgroup> pose: array<f32, SIZE>; // s, delta in the head's frame

fn blink_weight(eye: u32) -> f32 {
  var closed = 0.0;
  for (var i = 0u; i < DELTA; i++) {
    closed += lids[eye * DELTA + i] * pose[i];
  }
  return idle.blink[eye] * max(0.0, 1.0 - closed);
}

// (sin, cos) of an angle in degrees, -180 ... 180, from Taylor series of half of it. WGSL's own may be off by 2^-11,
// which is more than the tolerance between the backends.
fn sin_cos(degrees: f32) -> vec2f {
  let x = radians(degrees) / 2.0;
  let y = x * x;
  let s = x * (1.0 - y / 6.0 * (1.0 - y / 20.0 * (1.0 - y / 42.0 * (1.0 - y / 72.0 * (1.0 - y / 110.0)))));
  let c = 1.0 - y / 2.0 * (1.0 - y / 12.0 * (1.0 - y / 30.0 * (1.0 - y / 56.0 * (1.0 - y / 90.0))));
  return vec2f(2.0 * s * c, 1.0 - 2.0 * s * s);
}

// Row vectors from the left; columns of this matrix are the columns of R, so v * R of WGSL is the row vector v R.
fn head_rotation() -> mat3x3f {
  let x = sin_cos(pose[PITCH] + idle.angles[0]);
  let y = sin_cos(pose[PITCH + 1u] + idle.angles[1]);
  let z = sin_cos(pose[PITCH + 2u] + idle.angles[2]);
  let s = vec3f(x[0], y[0], z[0]);
  let c = vec3f(x[1], y[1], z[1]);
  return mat3x3f(
    c.z * c.y, c.z * s.y * s.x - s.z * c.x, c.z * s.y * c.x + s.z * s.x,
    s.z * c.y, s.z * s.y * s.x + c.z * c.x, s.z * s.y * c.x - c.z * s.x,
    -s.y, c.y * s.x, c.y * c.x,
  );
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  for (var i = local; i < CODE_SIZE; i += THREADS) {
    var sum = 0.0;
    for (var level = 0u; level < LEVELS; level++) {
      let at = (level * CODES + tokens[level]) * CODE_SIZE + i;
      sum += unpack2x16float(codebooks[at / 2u])[at % 2u];
    }
    code[i] = sum;
  }
  workgroupBarrier();

  for (var row = local; row < SIZE; row += THREADS) {
    var m = decoder[row];
    for (var i = 0u; i < CODE_SIZE; i++) {
      m += decoder[2u * SIZE + row * CODE_SIZE + i] * code[i];
    }
    if (state.first == 0u) {
      let before = smooth_state[row];
      m = before + decoder[SIZE + row] * (m - before);
    }
    smooth_state[row] = m;
    pose[row] = m;
  }
  workgroupBarrier();

  if (local < KEYPOINTS) {
    let left = blink_weight(0u);
    let right = blink_weight(1u);
    let at = 3u * local;
    var delta = vec3f(pose[at], pose[at + 1u], pose[at + 2u]);
    let close_l = 2u * DELTA + at;
    let close_r = 3u * DELTA + at;
    delta += left * vec3f(lids[close_l], lids[close_l + 1u], lids[close_l + 2u]);
    delta += right * vec3f(lids[close_r], lids[close_r + 1u], lids[close_r + 2u]);
    let turned = delta * head_rotation();
    latent[at] = turned.x;
    latent[at + 1u] = turned.y;
    latent[at + 2u] = turned.z;
  } else if (local < KEYPOINTS + SIZE - DELTA) {
    let row = local - KEYPOINTS + DELTA;
    var value = pose[row];
    if (row < TRANSLATION) {
      value += idle.angles[row - PITCH];
    } else if (row < TRANSLATION + 3u) {
      value += idle.translation[row - TRANSLATION];
    }
    latent[row] = value;
  }
}
