/**
 * @file MotionLatent: the 70 numbers that move a face, in LivePortrait's form (KwaiVGI/LivePortrait, 2024).
 *
 * Canonical space: x to the right of the picture, y down, z away from the viewer; unit 1 IOD (distance of
 * the outer eye corners of the neutral face); origin in the neck joint. The latent is relative to the
 * rest pose: zeros with scale 1 show the photo.
 *
 *   R   = (Rz Ry Rx)^T of the three angles, row vectors on the left
 *   x_d = s_portrait * scale * (x_c (R R_portrait) + delta_portrait + delta) + t_portrait + t
 */

/** Number of implicit keypoints. */
export const KEYPOINT_COUNT = 21;
/** Length of a MotionLatent. */
export const MOTION_LATENT_SIZE = 70;

/** Offsets into a MotionLatent. Angles are degrees, delta and t are IOD, scale is a factor. */
export const MOTION = {
  /** 21 x 3 expression offsets of the keypoints, rotated with the head, as in LivePortrait. */
  delta: 0,
  pitch: 63,
  yaw: 64,
  roll: 65,
  translation: 66,
  scale: 69,
} as const;

/** f32[70]; see the file comment. */
export type MotionLatent = Float32Array;

/** The latent of the rest pose. */
export function restLatent(): MotionLatent {
  const latent = new Float32Array(MOTION_LATENT_SIZE);
  latent[MOTION.scale] = 1;
  return latent;
}
