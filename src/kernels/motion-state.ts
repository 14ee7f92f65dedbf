/**
 * @file The motion state: what a frame's first kernels say and all others read. Offsets in f32, as in
 * shaders/common/motion-state.wgsl.
 */

export const MOTION_STATE = {
  /** 21 x 3: x_d, px of the photo. */
  keypoints: 0,
  /** E: expressions that the motion latent asks for. */
  commanded: 64,
  /** E + K: expressions that the mesh shows, times the scale of their int8 modes; then the modes of secondary motion, likewise. */
  shown: 128,
  /** E + K: what the mesh shows minus what the photo shows; then the modes of secondary motion, IOD. */
  change: 192,
  /** 3 x 3 row-major: R R_portrait. */
  head: 256,
  headScale: 265,
  /** 3, IOD. */
  headShift: 266,
  /** Right eye, left eye; 0 open ... 1 closed. */
  blink: 269,
  talking: 271,
  /** 4: amounts of the tongue's modes (src/renderer/tongue-motion.ts), times their step. */
  tongue: 272,
  /** 6: see AudioEmbedding.articulation. */
  articulation: 276,
  /** Width of the mouth that is shown, in widths of the mouth without expression. */
  mouthWidth: 282,
  /** S: what is added to the gap at each ring sample, IOD. */
  correction: 284,
} as const;

/** Most expressions and secondary modes that the layout has room for; an entry of a mode list has 8 bits for them as well. */
export const MAX_EXPRESSIONS = 64;

/** Length of the state in f32. @param samples S of the ring gaps */
export function motionStateSize(samples: number): number {
  return MOTION_STATE.correction + samples;
}
