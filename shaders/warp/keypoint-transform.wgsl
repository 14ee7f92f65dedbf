// Two motion latents -> implicit keypoints, head pose and commanded expressions.
//
//   m      = from (1 - mix) + to mix                         exact at mix 0 and 1, so each motion frame is seen whole
//   R      = (Rz Ry Rx)^T of pitch, yaw, roll                row vectors on the left
//   x_d    = pose_scale (scale (x_c R R_p + delta) + t) + translation
//   c      = keypoints_to_expressions (delta R^T), clamped
//   d_E+k  = secondary_motion (before_k (1 - mix) + now_k mix)     modes of secondary motion, after the E expressions
//
// latents f32[70]; keypoints_to_expressions f32[E x 63]; secondary_modes SecondaryMotionMode[K]; out: motion state.
// Dispatch: 1. Thread i computes keypoint i and expression i. Every thread rotates all 21 offsets itself, because 200
// multiplications are cheaper than a barrier on a software adapter. Needs motion-latent, motion-state and secondary-mode.
// Source: Guo et al., LivePortrait (2024), eq. 2.

override EXPRESSIONS: u32;
override BLINK_RIGHT: u32;
override BLINK_LEFT: u32;
override SECONDARY_MOTION_MODES: u32;
override SECONDARY_STEP: f32; // of the int8 fields of secondary motion

struct Frame {
  mix: f32,
  speech_blend: f32,
  secondary_motion: f32, // strength, 0 ... 2
  // ARTICULATION of the motion state; scalars, because an array<f32> is not allowed in a uniform.
  tip: f32,
  between: f32,
  back: f32,
  pressed: f32,
  at_teeth: f32,
  rounded: f32,
};
struct Pose {
  rotation: array<vec4f, 3>,   // rows of R_p
  scale: f32,                  // px per IOD
  translation: vec2f,          // px
  keypoints: array<vec4f, 21>, // x_c: canonical keypoints with the photo's expression, IOD
};

@group(0) @binding(0) var<uniform> frame: Frame;
@group(0) @binding(1) var<uniform> pose: Pose;
@group(0) @binding(2) var<storage, read> latent_from: array<f32, LATENT_SIZE>;
@group(0) @binding(3) var<storage, read> latent_to: array<f32, LATENT_SIZE>;
@group(0) @binding(4) var<storage, read> keypoints_to_expressions: array<f32>;
@group(0) @binding(5) var<storage, read> secondary_modes: array<SecondaryMotionMode>;
@group(0) @binding(6) var<storage, read_write> state: array<f32>;

// Beyond these ranges a latent does not describe a face; clamping keeps the picture intact.
const MAX_OFFSET_IOD: f32 = 0.6;
const MAX_ANGLE_DEGREES: f32 = 40.0;
const MAX_SHIFT_IOD: f32 = 1.0;
const MIN_SCALE: f32 = 0.5;
const MAX_SCALE: f32 = 2.0;
const MIN_COMMANDED: f32 = -0.5;
const MAX_COMMANDED: f32 = 1.5;

fn motion(i: u32) -> f32 {
  return latent_from[i] * (1.0 - frame.mix) + latent_to[i] * frame.mix;
}

fn delta(j: u32) -> vec3f {
  let limit = vec3f(MAX_OFFSET_IOD);
  return clamp(vec3f(motion(3u * j), motion(3u * j + 1u), motion(3u * j + 2u)), -limit, limit);
}

fn angle(i: u32) -> f32 {
  return radians(clamp(motion(i), -MAX_ANGLE_DEGREES, MAX_ANGLE_DEGREES));
}

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let x = angle(PITCH);
  let y = angle(YAW);
  let z = angle(ROLL);
  let s = vec3f(sin(x), sin(y), sin(z));
  let c = vec3f(cos(x), cos(y), cos(z));
  // Rows of R.
  let r0 = vec3f(c.z * c.y, s.z * c.y, -s.y);
  let r1 = vec3f(c.z * s.y * s.x - s.z * c.x, s.z * s.y * s.x + c.z * c.x, c.y * s.x);
  let r2 = vec3f(c.z * s.y * c.x + s.z * s.x, s.z * s.y * c.x - c.z * s.x, c.y * c.x);
  // Rows of R R_p.
  let p0 = pose.rotation[0].xyz;
  let p1 = pose.rotation[1].xyz;
  let p2 = pose.rotation[2].xyz;
  let h0 = r0.x * p0 + r0.y * p1 + r0.z * p2;
  let h1 = r1.x * p0 + r1.y * p1 + r1.z * p2;
  let h2 = r2.x * p0 + r2.y * p1 + r2.z * p2;
  let scale = clamp(motion(SCALE), MIN_SCALE, MAX_SCALE);
  let shift = clamp(
    vec3f(motion(TRANSLATION), motion(TRANSLATION + 1u), motion(TRANSLATION + 2u)),
    vec3f(-MAX_SHIFT_IOD), vec3f(MAX_SHIFT_IOD));

  if (i < KEYPOINT_COUNT) {
    let canonical = pose.keypoints[i].xyz;
    let turned = canonical.x * h0 + canonical.y * h1 + canonical.z * h2;
    let place = pose.scale * (scale * (turned + delta(i)) + shift) + vec3f(pose.translation, 0.0);
    state[KEYPOINTS + 3u * i] = place.x;
    state[KEYPOINTS + 3u * i + 1u] = place.y;
    state[KEYPOINTS + 3u * i + 2u] = place.z;
  }
  if (i < EXPRESSIONS) {
    var sum = 0.0;
    for (var j = 0u; j < KEYPOINT_COUNT; j++) {
      let turned = delta(j);
      let k = i * 63u + 3u * j;
      sum += keypoints_to_expressions[k] * dot(turned, r0)
           + keypoints_to_expressions[k + 1u] * dot(turned, r1)
           + keypoints_to_expressions[k + 2u] * dot(turned, r2);
    }
    let commanded = clamp(sum, MIN_COMMANDED, MAX_COMMANDED);
    state[COMMANDED + i] = commanded;
    if (i == BLINK_RIGHT) { state[BLINK] = clamp(commanded, 0.0, 1.0); }
    if (i == BLINK_LEFT) { state[BLINK + 1u] = clamp(commanded, 0.0, 1.0); }
  }
  if (i < SECONDARY_MOTION_MODES) {
    let mode = secondary_modes[i];
    let y = frame.secondary_motion * (mode.before * (1.0 - frame.mix) + mode.now * frame.mix);
    state[SHOWN + EXPRESSIONS + i] = y * SECONDARY_STEP;
    state[CHANGE + EXPRESSIONS + i] = y;
  }
  if (i == 63u) {
    for (var k = 0u; k < 3u; k++) {
      state[HEAD + k] = h0[k];
      state[HEAD + 3u + k] = h1[k];
      state[HEAD + 6u + k] = h2[k];
      state[HEAD_SHIFT + k] = shift[k];
    }
    state[HEAD_SCALE] = scale;
    state[SPEECH_BLEND] = frame.speech_blend;
    state[ARTICULATION] = frame.tip;
    state[ARTICULATION + 1u] = frame.between;
    state[ARTICULATION + 2u] = frame.back;
    state[ARTICULATION + 3u] = frame.pressed;
    state[ARTICULATION + 4u] = frame.at_teeth;
    state[ARTICULATION + 5u] = frame.rounded;
  }
}
