/** @file MotionRecord: the motion of a rendered frame as plain numbers, for `--motion`, `renderVideo` and tests. */
import { KEYPOINT_COUNT, MOTION, type MotionLatent } from './motion-latent';
import { rotationFromAngles } from './rotation';

/** One motion frame, 25 per second. */
export type MotionRecord = {
  /** Residual-VQ codes, one per level. */
  tokens: number[];
  /** MotionLatent, 70 numbers; see motion-latent.ts. */
  latent: number[];
  /** Vertical opening between the lips, IOD; 0: closed. */
  aperture_iod: number;
  /** Distance between the corners of the mouth, IOD. */
  width_iod: number;
  /** Head pose relative to the photo, degrees. */
  pitch_deg: number;
  /** Head pose relative to the photo, degrees. */
  yaw_deg: number;
  /** Head pose relative to the photo, degrees. */
  roll_deg: number;
  /** Mean of both eyes: 0 as open as in the photo, 1 closed. */
  blink: number;
};

/** Indices of implicit keypoints (training/face_model.py names all 21). */
const KEYPOINT = {
  upperLip: 0,
  lowerLip: 1,
  rightCorner: 2,
  leftCorner: 3,
  rightUpperLid: 11,
  leftUpperLid: 12,
  rightLowerLid: 13,
  leftLowerLid: 14,
} as const;

/**
 * Offsets of the keypoints in the coordinates of the head: delta_head = delta R^T.
 *
 * @returns f32[21 x 3], IOD
 */
export function headFrameDelta(latent: MotionLatent): Float32Array {
  const r = rotationFromAngles(latent[MOTION.pitch]!, latent[MOTION.yaw]!, latent[MOTION.roll]!);
  const delta = new Float32Array(KEYPOINT_COUNT * 3);
  for (let k = 0; k < delta.length; k += 3) {
    for (let row = 0; row < 3; row++) {
      delta[k + row] = latent[k]! * r[row * 3]! + latent[k + 1]! * r[row * 3 + 1]! + latent[k + 2]! * r[row * 3 + 2]!;
    }
  }
  return delta;
}

/** @param neutral f32[21 x 3], the keypoints of the neutral face, IOD */
export function describeMotion(latent: MotionLatent, tokens: ArrayLike<number>, neutral: Float32Array): MotionRecord {
  const delta = headFrameDelta(latent);
  const at = (keypoint: number, axis: number): number => delta[keypoint * 3 + axis]!;
  const moved = (keypoint: number, axis: number): number => neutral[keypoint * 3 + axis]! + at(keypoint, axis);
  const lid = (upper: number, lower: number): number => {
    const open = neutral[lower * 3 + 1]! - neutral[upper * 3 + 1]!;
    return (at(upper, 1) - at(lower, 1)) / open;
  };
  const blink =
    (lid(KEYPOINT.rightUpperLid, KEYPOINT.rightLowerLid) + lid(KEYPOINT.leftUpperLid, KEYPOINT.leftLowerLid)) / 2;
  return {
    tokens: Array.from(tokens),
    latent: Array.from(latent),
    aperture_iod: Math.max(0, at(KEYPOINT.lowerLip, 1) - at(KEYPOINT.upperLip, 1)),
    width_iod: Math.hypot(
      ...[0, 1, 2].map((axis) => moved(KEYPOINT.leftCorner, axis) - moved(KEYPOINT.rightCorner, axis)),
    ),
    pitch_deg: latent[MOTION.pitch]!,
    yaw_deg: latent[MOTION.yaw]!,
    roll_deg: latent[MOTION.roll]!,
    blink: Math.min(1, Math.max(0, blink)),
  };
}
