/**
 * @file The motion state: what the first two warp kernels compute for a frame and all other shaders read. Offsets in f32;
 * a unit test compares them with shaders/common/motion-state.wgsl, where the parts are explained.
 */

export const MOTION_STATE = {
  keypoints: 0,
  commanded: 64,
  shown: 128,
  change: 192,
  head: 256,
  headScale: 265,
  headShift: 266,
  blink: 269,
  speechBlend: 271,
  tongue: 272,
  articulation: 276,
  mouthWidth: 282,
  correction: 284,
} as const;

/**
 * Capacity for expressions and modes of secondary motion together. An entry of a mode list has 8 bits for their index.
 */
export const MAX_EXPRESSIONS = 64;

/** Length of the state in f32. @param samples of the ring gaps */
export function motionStateSize(samples: number): number {
  return MOTION_STATE.correction + samples;
}
