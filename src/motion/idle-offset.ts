/**
 * @file IdleOffset: the life that idle motion adds to a MotionLatent, and how it is added on the CPU.
 *
 * The WGSL decoder adds it before it turns delta by the head (shaders/vq/residual-decode.wgsl); the WASM backend gets a
 * finished latent and needs `addIdle`. Both compute the same numbers.
 */

import { KEYPOINT_COUNT, MOTION, type MotionLatent } from '../core/motion-latent';
import { rotationFromAngles } from '../core/rotation';

/** Length of an IdleOffset. */
export const IDLE_SIZE = 8;
/** Places in an IdleOffset: blinks 0 ... 1, angles in degrees, translation in IOD. */
export const IDLE = { blinkLeft: 0, blinkRight: 1, pitch: 2, yaw: 3, roll: 4, translation: 5 } as const;

/** f32[8]; see IDLE. */
export type IdleOffset = Float32Array;

const DELTA_SIZE = KEYPOINT_COUNT * 3;
const EYES = ['eyeBlink_L', 'eyeBlink_R'] as const;

/** How keypoints and eyelids hang together: f32[2, 63] each, left eye first. */
export type EyelidMaps = {
  /** closed = read . delta: 0 as in the neutral face, 1 closed. */
  read: Float32Array;
  /** Delta that closes the eye, IOD. */
  close: Float32Array;
};

/** The fields of the face model (src/weights/face-model.ts) that eyelids need. */
export type EyelidSource = {
  expressionNames: readonly string[];
  /** f32[E x 63]. */
  keypointsToExpressions: Float32Array;
  /** f32[63 x E]. */
  expressionsToKeypoints: Float32Array;
};

/** Eyelid maps of a face model; zeros, which blink nothing, where it has no such shapes. */
export function eyelidMaps({
  expressionNames,
  keypointsToExpressions,
  expressionsToKeypoints,
}: EyelidSource): EyelidMaps {
  const read = new Float32Array(EYES.length * DELTA_SIZE);
  const close = new Float32Array(EYES.length * DELTA_SIZE);
  EYES.forEach((name, eye) => {
    const expression = expressionNames.indexOf(name);
    if (expression < 0) return;
    for (let i = 0; i < DELTA_SIZE; i++) {
      read[eye * DELTA_SIZE + i] = keypointsToExpressions[expression * DELTA_SIZE + i]!;
      close[eye * DELTA_SIZE + i] = expressionsToKeypoints[i * expressionNames.length + expression]!;
    }
  });
  return { read, close };
}

/** delta R or, transposed, delta R^T, of all keypoints in place. */
function turn(delta: Float32Array, r: Float32Array, transposed: boolean): void {
  const [rowStride, columnStride] = transposed ? [1, 3] : [3, 1];
  for (let at = 0; at < DELTA_SIZE; at += 3) {
    const [x, y, z] = [delta[at]!, delta[at + 1]!, delta[at + 2]!];
    for (let column = 0; column < 3; column++) {
      const first = column * columnStride;
      delta[at + column] = x * r[first]! + y * r[first + rowStride]! + z * r[first + 2 * rowStride]!;
    }
  }
}

/**
 * Adds idle life to a finished latent, in place: delta is turned back into the head's frame, blinks join what the lids
 * already do (b * max(0, 1 - closed), so that two blinks never close twice), angles and translation are added, and
 * delta is turned with the new head.
 */
export function addIdle(latent: MotionLatent, idle: IdleOffset, lids: EyelidMaps): void {
  const delta = latent.subarray(MOTION.delta, MOTION.delta + DELTA_SIZE);
  const rotation = (): Float32Array =>
    rotationFromAngles(latent[MOTION.pitch]!, latent[MOTION.yaw]!, latent[MOTION.roll]!);
  turn(delta, rotation(), true);
  const weights = EYES.map((_, eye) => {
    let closed = 0;
    for (let i = 0; i < DELTA_SIZE; i++) closed += lids.read[eye * DELTA_SIZE + i]! * delta[i]!;
    return idle[IDLE.blinkLeft + eye]! * Math.max(0, 1 - closed);
  });
  weights.forEach((weight, eye) => {
    for (let i = 0; i < DELTA_SIZE; i++) delta[i]! += weight * lids.close[eye * DELTA_SIZE + i]!;
  });
  for (let axis = 0; axis < 3; axis++) {
    latent[MOTION.pitch + axis]! += idle[IDLE.pitch + axis]!;
    latent[MOTION.translation + axis]! += idle[IDLE.translation + axis]!;
  }
  turn(delta, rotation(), false);
}
