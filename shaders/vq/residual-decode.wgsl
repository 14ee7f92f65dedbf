// Residual-VQ decoder: the frame's tokens to its MotionLatent, with the smoothing of the head pose, the lead of the lips (rates
// below and above 1), the adjustment by controls and life, and the turn of delta by the head.
//
//   code = sum_l codebooks[l][token_l];   m = mean + decode code;   s += smoothing * (m - s)   (first frame: s = m)
//   delta += write change(read delta);   angles, t = head factor * angles, t + offsets
//   delta_j = delta_head_j R(pitch, yaw, roll)
//
// What `change` is, and why, says src/motion/motion-adjustment.ts, which does the same on the CPU.
//
// tokens u32[LEVELS]; codebooks f16[LEVELS, CODES, CODE_SIZE], two a u32; decoder f32: mean[70], smoothing[70],
// decode[70, CODE_SIZE]; maps f32: shapes[EXPRESSIONS, 8], read[EXPRESSIONS, 63], write[63, EXPRESSIONS]; smooth f32[70]: s
// of the last frame; latent f32[70]. Dispatch: 1. Needs step-state.
// Sources: van den Oord et al., "VQ-VAE", 2017; Zeghidour et al., "SoundStream" (residual VQ), 2021; LivePortrait
// (Guo et al., 2024) for the latent and R, as in src/core/rotation.ts.

const THREADS = 64u;
const SIZE = 70u;
const DELTA = 63u;
const KEYPOINTS = 21u;
const PITCH = 63u;
const TRANSLATION = 66u;

const SHAPE_STRIDE = 8u;
const GAZE_LIMIT = vec2f(25.0, 18.0); // degrees

override LEVELS: u32;
override CODES: u32;
override CODE_SIZE: u32;
override EXPRESSIONS: u32;
override CLOSED_GAP: f32; // IOD
override OPEN_GAP: f32;

struct MotionAdjustment {
  blink: vec2f, // 0 ... 1, left and right eye
  angles: array<f32, 3>, // pitch, yaw, roll, degrees; scalars, so that a vec3 pads nothing
  translation: array<f32, 3>, // IOD
  gaze: vec2f, // degrees off the camera
  raise: f32, // of the brows
  mouth: f32, // factors
  brows: f32,
  head: f32,
  hold: f32, // how much of the head's turn the eyes make up for
  padding: f32,
}
struct ExpressionRole {
  mouth: f32,
  brow: f32,
  gap: f32, // IOD
  raise: f32,
  lids: vec2f,
  look: vec2f, // weight per degree
}

@group(0) @binding(0) var<uniform> state: StepState;
@group(0) @binding(1) var<storage, read> adjustment: MotionAdjustment;
@group(0) @binding(2) var<storage, read> tokens: array<u32>;
@group(0) @binding(3) var<storage, read> codebooks: array<u32>;
@group(0) @binding(4) var<storage, read> decoder: array<f32>;
@group(0) @binding(5) var<storage, read> maps: array<f32>;
@group(0) @binding(6) var<storage, read_write> smooth_state: array<f32>;
@group(0) @binding(7) var<storage, read_write> latent: array<f32>;

var<workgroup> code: array<f32, CODE_SIZE>;
var<workgroup> pose: array<f32, SIZE>; // s, delta in the head's frame
var<workgroup> expression: array<f32, EXPRESSIONS>; // of s

fn shape(e: u32) -> ExpressionRole {
  let at = e * SHAPE_STRIDE;
  return ExpressionRole(
    maps[at], maps[at + 1u], maps[at + 2u], maps[at + 3u],
    vec2f(maps[at + 4u], maps[at + 5u]), vec2f(maps[at + 6u], maps[at + 7u]),
  );
}

fn angle(axis: u32) -> f32 {
  return adjustment.head * pose[PITCH + axis] + adjustment.angles[axis];
}

fn mouth_factor() -> f32 {
  if (adjustment.mouth <= 1.0) {
    return adjustment.mouth;
  }
  var gap = 0.0;
  for (var e = 0u; e < EXPRESSIONS; e++) {
    gap += shape(e).gap * expression[e];
  }
  return 1.0 + (adjustment.mouth - 1.0) * smoothstep(CLOSED_GAP, OPEN_GAP, gap);
}

// A head with positive yaw points to the picture's left, with positive pitch down.
fn gaze_in_head() -> vec2f {
  return clamp(adjustment.gaze + adjustment.hold * vec2f(angle(1u), -angle(0u)), -GAZE_LIMIT, GAZE_LIMIT);
}

fn change(e: u32, mouth: f32, gaze: vec2f) -> f32 {
  let x = shape(e);
  return (x.mouth * (mouth - 1.0) + x.brow * (adjustment.brows - 1.0)) * expression[e]
    + x.raise * adjustment.raise
    + dot(x.lids, adjustment.blink) * max(0.0, 1.0 - expression[e])
    + max(0.0, dot(x.look, gaze));
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
  let x = sin_cos(angle(0u));
  let y = sin_cos(angle(1u));
  let z = sin_cos(angle(2u));
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

  for (var e = local; e < EXPRESSIONS; e += THREADS) {
    var sum = 0.0;
    for (var i = 0u; i < DELTA; i++) {
      sum += maps[EXPRESSIONS * SHAPE_STRIDE + e * DELTA + i] * pose[i];
    }
    expression[e] = sum;
  }
  workgroupBarrier();

  if (local < KEYPOINTS) {
    let mouth = mouth_factor();
    let gaze = gaze_in_head();
    let at = 3u * local;
    let write = EXPRESSIONS * (SHAPE_STRIDE + DELTA) + at * EXPRESSIONS;
    var delta = vec3f(pose[at], pose[at + 1u], pose[at + 2u]);
    for (var e = 0u; e < EXPRESSIONS; e++) {
      delta += change(e, mouth, gaze) * vec3f(maps[write + e], maps[write + EXPRESSIONS + e], maps[write + 2u * EXPRESSIONS + e]);
    }
    let turned = delta * head_rotation();
    latent[at] = turned.x;
    latent[at + 1u] = turned.y;
    latent[at + 2u] = turned.z;
  } else if (local < KEYPOINTS + SIZE - DELTA) {
    let row = local - KEYPOINTS + DELTA;
    var value = pose[row];
    if (row < TRANSLATION) {
      value = angle(row - PITCH);
    } else if (row < TRANSLATION + 3u) {
      value = adjustment.head * value + adjustment.translation[row - TRANSLATION];
    }
    latent[row] = value;
  }
}
