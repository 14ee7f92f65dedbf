/**
 * @file MotionAdjustment: what controls and life do to one frame of the model's motion, and how, on the CPU.
 *
 * This is the one place where they act, between residual-VQ decoder and latent, in the head's own frame. The WGSL decoder
 * does the same before it turns delta by the head (shaders/vq/residual-decode.wgsl); the WASM backend gets a finished
 * latent and has a `MotionShaper`. With c = keypoints_to_expressions delta, the 53 expressions of delta:
 *
 *   f        = mouth <= 1 ? mouth : 1 + (mouth - 1) smoothstep(CLOSED, OPEN, gap . c)
 *   change_e = (mouth_e (f - 1) + brow_e (brows - 1)) c_e                       amplitude about rest
 *            + raise_e raise                                                    brows
 *            + (lidLeft_e blinkLeft + lidRight_e blinkRight) max(0, 1 - c_e)    a blink joins what the lids already do
 *            + max(0, lookX_e gaze_x + lookY_e gaze_y)                          eyes
 *   delta   += expressions_to_keypoints change
 *   pose     = head pose + offset (angles and translation)
 *   gaze in the head = gaze - hold (where the head points), within GAZE_LIMIT: the eyes stay on their target
 *
 * Lips that the model closed stay closed: making all of the mouth's shapes smaller makes a gap of 0 no larger, and
 * nothing is made larger while the gap of the lips is CLOSED. With the neutral adjustment every change is 0, exactly.
 */

import { KEYPOINT_COUNT, MOTION, type MotionLatent } from '../core/motion-latent';
import { rotationFromAngles } from '../core/rotation';
import { EXPRESSION_ROLE, EXPRESSION_ROLE_STRIDE, type AdjustmentMaps } from './adjustment-maps';

/** Length of a MotionAdjustment. */
export const ADJUSTMENT_SIZE = 16;
/**
 * Places in a MotionAdjustment. Blinks 0 ... 1; angles (pitch, yaw, roll) in degrees and translation in IOD are added;
 * gaze in degrees off the camera, x to the right of the picture, y down; raise of the brows 0 ... 1; mouth, brows and head are
 * factors; hold 0 ... 1: how much of the head's turn the eyes make up for.
 */
export const ADJUSTMENT = {
  blinkLeft: 0,
  blinkRight: 1,
  angles: 2,
  translation: 5,
  gaze: 8,
  raise: 10,
  mouth: 11,
  brows: 12,
  head: 13,
  hold: 14,
} as const;

/** f32[16]; see ADJUSTMENT. */
export type MotionAdjustment = Float32Array;

/** The adjustment that leaves a frame as the model made it. */
export function neutralAdjustment(): MotionAdjustment {
  const adjustment = new Float32Array(ADJUSTMENT_SIZE);
  adjustment.fill(1, ADJUSTMENT.mouth, ADJUSTMENT.head + 1);
  return adjustment;
}

const DELTA_SIZE = KEYPOINT_COUNT * 3;
/** Gaps of the lips (IOD) up to which a mouth counts as closed, and from which it is amplified in full. The renderer seals gaps below .006. */
export const CLOSED_GAP_IOD = 0.016;
export const OPEN_GAP_IOD = 0.05;
/** Degrees that eyes turn in their sockets. */
const GAZE_LIMIT = [25, 18] as const;

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

function mouthFactor(mouth: number, gap: number): number {
  if (mouth <= 1) return mouth;
  const x = Math.min(1, Math.max(0, (gap - CLOSED_GAP_IOD) / (OPEN_GAP_IOD - CLOSED_GAP_IOD)));
  return 1 + (mouth - 1) * x * x * (3 - 2 * x);
}

const limited = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value));

/** Shapes finished latents in place. It keeps nothing from one to the next, but the arrays it works in. */
export class MotionAdjuster {
  /** f32[E]: c, and change_e. */
  readonly #c: Float32Array;
  readonly #change: Float32Array;
  readonly #maps: AdjustmentMaps;

  constructor(maps: AdjustmentMaps) {
    this.#maps = maps;
    this.#c = new Float32Array(maps.count);
    this.#change = new Float32Array(maps.count);
  }

  /** delta is turned back into the head's frame, shaped, and turned with the new head. */
  shape(latent: MotionLatent, adjustment: MotionAdjustment): void {
    const delta = latent.subarray(MOTION.delta, MOTION.delta + DELTA_SIZE);
    const rotation = (): Float32Array =>
      rotationFromAngles(latent[MOTION.pitch]!, latent[MOTION.yaw]!, latent[MOTION.roll]!);
    turn(delta, rotation(), true);
    for (let axis = 0; axis < 3; axis++) {
      for (const [to, from] of [
        [MOTION.pitch, ADJUSTMENT.angles],
        [MOTION.translation, ADJUSTMENT.translation],
      ] as const) {
        latent[to + axis] = adjustment[ADJUSTMENT.head]! * latent[to + axis]! + adjustment[from + axis]!;
      }
    }
    this.#findChanges(latent, delta, adjustment);
    this.#addChanges(delta);
    turn(delta, rotation(), false);
  }

  /** change_e of all expressions, given delta in the head's frame and the shaped head pose. */
  #findChanges(latent: MotionLatent, delta: Float32Array, adjustment: MotionAdjustment): void {
    const { count, roles, read } = this.#maps;
    let gap = 0;
    for (let e = 0; e < count; e++) {
      let sum = 0;
      for (let i = 0; i < DELTA_SIZE; i++) sum += read[e * DELTA_SIZE + i]! * delta[i]!;
      this.#c[e] = sum;
      gap += roles[e * EXPRESSION_ROLE_STRIDE + EXPRESSION_ROLE.gap]! * sum;
    }
    const mouth = mouthFactor(adjustment[ADJUSTMENT.mouth]!, gap) - 1;
    const brows = adjustment[ADJUSTMENT.brows]! - 1;
    const hold = adjustment[ADJUSTMENT.hold]!;
    // A head with positive yaw points to the picture's left, with positive pitch down.
    const gazeX = limited(adjustment[ADJUSTMENT.gaze]! + hold * latent[MOTION.yaw]!, GAZE_LIMIT[0]);
    const gazeY = limited(adjustment[ADJUSTMENT.gaze + 1]! - hold * latent[MOTION.pitch]!, GAZE_LIMIT[1]);
    for (let e = 0; e < count; e++) {
      const value = this.#c[e]!;
      const shape = (name: keyof typeof EXPRESSION_ROLE): number =>
        roles[e * EXPRESSION_ROLE_STRIDE + EXPRESSION_ROLE[name]]!;
      this.#change[e] =
        (shape('mouth') * mouth + shape('brow') * brows) * value +
        shape('raise') * adjustment[ADJUSTMENT.raise]! +
        (shape('lidLeft') * adjustment[ADJUSTMENT.blinkLeft]! +
          shape('lidRight') * adjustment[ADJUSTMENT.blinkRight]!) *
          Math.max(0, 1 - value) +
        Math.max(0, shape('lookX') * gazeX + shape('lookY') * gazeY);
    }
  }

  #addChanges(delta: Float32Array): void {
    const { count, write } = this.#maps;
    for (let i = 0; i < DELTA_SIZE; i++) {
      let sum = 0;
      for (let e = 0; e < count; e++) sum += write[i * count + e]! * this.#change[e]!;
      delta[i]! += sum;
    }
  }
}
