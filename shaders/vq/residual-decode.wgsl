// Residual-VQ decoder: the frame's tokens to its MotionLatent. It smooths the head pose and makes the lips lead (rates below
// and above 1), applies the motion adjustment and rotates delta with the head.
//
//   code = sum_l codebooks[l][token_l];   m = mean + decode code;   s += smoothing * (m - s)   (first frame: s = m)
//   delta += write change(read delta);   angles, t = head factor * angles, t + offsets
//   delta_j = delta_head_j R(pitch, yaw, roll)
//
// `change` is explained in src/motion/motion-adjustment.ts, which does the same on the CPU.
//
// tokens u32[LEVELS]; codebooks f16[LEVELS, CODES, CODE_SIZE], two per u32; decoder f32: mean[70], smoothing[70],
// decode[70, CODE_SIZE]; roles[EXPRESSIONS]; maps f32: read[EXPRESSIONS, 63], write[63, EXPRESSIONS]; smooth_state f32[70]:
// s of the previous frame; latent f32[70]. Dispatch: 1. Needs motion-latent and step-state.
// Sources: van den Oord et al., "VQ-VAE", 2017; Zeghidour et al., "SoundStream" (residual VQ), 2021; LivePortrait
// (Guo et al., 2024) for the latent and R, as in src/core/rotation.ts.

const THREADS = 64u;
const DELTA_SIZE = 3u * KEYPOINT_COUNT;

const GAZE_LIMIT = vec2f(25.0, 18.0); // degrees

override LEVELS: u32;
override CODES: u32;
override CODE_SIZE: u32;
override EXPRESSIONS: u32;
override CLOSED_GAP: f32; // IOD
override OPEN_GAP: f32;

struct MotionAdjustment {
  blink: vec2f, // 0 ... 1, left and right eye
  angles: array<f32, 3>, // pitch, yaw, roll, degrees; scalars, because a vec3 would be padded
  translation: array<f32, 3>, // IOD
  gaze: vec2f, // degrees off the camera
  raise: f32, // of the brows
  mouth: f32, // factors
  brows: f32,
  head: f32,
  hold: f32, // how much of the head's rotation the eyes compensate
}
struct ExpressionRole {
  mouth: f32,
  brow: f32,
  gap: f32, // IOD
  raise: f32,
  lids: vec2f, // left, right
  look: vec2f, // weight per degree of gaze
}

@group(0) @binding(0) var<uniform> state: StepState;
@group(0) @binding(1) var<storage, read> adjustment: MotionAdjustment;
@group(0) @binding(2) var<storage, read> tokens: array<u32>;
@group(0) @binding(3) var<storage, read> codebooks: array<u32>;
@group(0) @binding(4) var<storage, read> decoder: array<f32>;
@group(0) @binding(5) var<storage, read> roles: array<ExpressionRole>;
@group(0) @binding(6) var<storage, read> maps: array<f32>;
@group(0) @binding(7) var<storage, read_write> smooth_state: array<f32>;
@group(0) @binding(8) var<storage, read_write> latent: array<f32>;

var<workgroup> code: array<f32, CODE_SIZE>;
var<workgroup> pose: array<f32, LATENT_SIZE>; // s, delta in the head's frame
var<workgroup> expression: array<f32, EXPRESSIONS>; // of s

fn angle(axis: u32) -> f32 {
  return adjustment.head * pose[PITCH + axis] + adjustment.angles[axis];
}

fn mouth_factor() -> f32 {
  if (adjustment.mouth <= 1.0) {
    return adjustment.mouth;
  }
  var gap = 0.0;
  for (var e = 0u; e < EXPRESSIONS; e++) {
    gap += roles[e].gap * expression[e];
  }
  return 1.0 + (adjustment.mouth - 1.0) * smoothstep(CLOSED_GAP, OPEN_GAP, gap);
}

// Positive yaw points the head to the left of the picture, positive pitch points it down.
fn gaze_in_head() -> vec2f {
  return clamp(adjustment.gaze + adjustment.hold * vec2f(angle(1u), -angle(0u)), -GAZE_LIMIT, GAZE_LIMIT);
}

fn change(e: u32, mouth: f32, gaze: vec2f) -> f32 {
  let role = roles[e];
  return (role.mouth * (mouth - 1.0) + role.brow * (adjustment.brows - 1.0)) * expression[e]
    + role.raise * adjustment.raise
    + dot(role.lids, adjustment.blink) * max(0.0, 1.0 - expression[e])
    + max(0.0, dot(role.look, gaze));
}

// (sin, cos) of an angle in degrees, -180 ... 180, from Taylor series of half the angle. WGSL allows its own functions an
// error of 2^-11, which is more than the tolerance between the backends.
fn sin_cos(degrees: f32) -> vec2f {
  let x = radians(degrees) / 2.0;
  let y = x * x;
  let s = x * (1.0 - y / 6.0 * (1.0 - y / 20.0 * (1.0 - y / 42.0 * (1.0 - y / 72.0 * (1.0 - y / 110.0)))));
  let c = 1.0 - y / 2.0 * (1.0 - y / 12.0 * (1.0 - y / 30.0 * (1.0 - y / 56.0 * (1.0 - y / 90.0))));
  return vec2f(2.0 * s * c, 1.0 - 2.0 * s * s);
}

// The columns of this matrix are the columns of R, so `v * R` in WGSL is the row vector v R.
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

  for (var row = local; row < LATENT_SIZE; row += THREADS) {
    var m = decoder[row];
    for (var i = 0u; i < CODE_SIZE; i++) {
      m += decoder[2u * LATENT_SIZE + row * CODE_SIZE + i] * code[i];
    }
    if (state.first == 0u) {
      let before = smooth_state[row];
      m = before + decoder[LATENT_SIZE + row] * (m - before);
    }
    smooth_state[row] = m;
    pose[row] = m;
  }
  workgroupBarrier();

  for (var e = local; e < EXPRESSIONS; e += THREADS) {
    var sum = 0.0;
    for (var i = 0u; i < DELTA_SIZE; i++) {
      sum += maps[e * DELTA_SIZE + i] * pose[i];
    }
    expression[e] = sum;
  }
  workgroupBarrier();

  if (local < KEYPOINT_COUNT) {
    let mouth = mouth_factor();
    let gaze = gaze_in_head();
    let at = 3u * local;
    let write = EXPRESSIONS * DELTA_SIZE + at * EXPRESSIONS;
    var delta = vec3f(pose[at], pose[at + 1u], pose[at + 2u]);
    for (var e = 0u; e < EXPRESSIONS; e++) {
      delta += change(e, mouth, gaze) * vec3f(maps[write + e], maps[write + EXPRESSIONS + e], maps[write + 2u * EXPRESSIONS + e]);
    }
    let turned = delta * head_rotation();
    latent[at] = turned.x;
    latent[at + 1u] = turned.y;
    latent[at + 2u] = turned.z;
  } else if (local < KEYPOINT_COUNT + LATENT_SIZE - DELTA_SIZE) {
    let row = local - KEYPOINT_COUNT + DELTA_SIZE;
    var value = pose[row];
    if (row < TRANSLATION) {
      value = angle(row - PITCH);
    } else if (row < TRANSLATION + 3u) {
      value = adjustment.head * value + adjustment.translation[row - TRANSLATION];
    }
    latent[row] = value;
  }
}
