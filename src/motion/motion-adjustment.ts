/**
 * @file MotionAdjustment: how the controls and the procedural motion change one frame of the model's motion; the CPU version.
 *
 * They act only here, between the residual-VQ decoder and the latent, in the coordinates of the head. The WGSL decoder does the
 * same before it rotates delta with the head (shaders/vq/residual-decode.wgsl); the WASM backend produces a finished
 * latent, which a `MotionAdjuster` changes. With c = keypoints_to_expressions delta, the 53 expressions of delta:
 *
 *   f        = mouth <= 1 ? mouth : 1 + (mouth - 1) smoothstep(CLOSED, OPEN, gap . c)
 *   change_e = (mouth_e (f - 1) + brow_e (brows - 1)) c_e                       amplitude about the rest pose
 *            + raise_e raise                                                    brows
 *            + (lidLeft_e blinkLeft + lidRight_e blinkRight) max(0, 1 - c_e)    a blink adds to what the lids do already
 *            + max(0, lookX_e gaze_x + lookY_e gaze_y)                          eyes
 *   delta   += expressions_to_keypoints change
 *   pose     = head pose + offset (angles and translation)
 *   gaze in the head = gaze - hold (direction of the head), within GAZE_LIMIT: the eyes stay on their target
 *
 * Lips that the model has closed stay closed: scaling all expressions of the mouth down leaves a gap of 0 at 0, and nothing is
 * scaled up while the gap is below CLOSED. With the neutral adjustment every change is exactly 0.
 */

import { KEYPOINT_COUNT, MOTION, type MotionLatent } from '../core/motion-latent';
import { rotationFromAngles } from '../core/rotation';
import { MOTION_ADJUSTMENT } from '../kernels/struct-layouts';
import { EXPRESSION_ROLE, EXPRESSION_ROLE_STRIDE, type AdjustmentMaps } from './adjustment-maps';

const { fields, size } = MOTION_ADJUSTMENT;
/** Length of a MotionAdjustment. */
export const ADJUSTMENT_SIZE = size;
/**
 * Offsets into a MotionAdjustment. Blinks 0 ... 1; angles (pitch, yaw, roll) in degrees and translation in IOD are added;
 * gaze in degrees off the camera, x to the right of the picture, y down; raise of the brows 0 ... 1; mouth, brows and head are
 * factors; hold 0 ... 1: share of the head's rotation that the eyes compensate (vestibulo-ocular reflex).
 */
export const ADJUSTMENT = {
  blinkLeft: fields.blink.offset,
  blinkRight: fields.blink.offset + 1,
  angles: fields.angles.offset,
  translation: fields.translation.offset,
  gaze: fields.gaze.offset,
  raise: fields.raise.offset,
  mouth: fields.mouth.offset,
  brows: fields.brows.offset,
  head: fields.head.offset,
  hold: fields.hold.offset,
} as const;

/** f32[16]; see ADJUSTMENT. */
export type MotionAdjustment = Float32Array;

/** The adjustment that changes nothing. */
export function neutralAdjustment(): MotionAdjustment {
  const adjustment = new Float32Array(ADJUSTMENT_SIZE);
  adjustment.fill(1, ADJUSTMENT.mouth, ADJUSTMENT.head + 1);
  return adjustment;
}

const DELTA_SIZE = KEYPOINT_COUNT * 3;
/** Gap of the lips up to which a mouth counts as closed, and from which it is amplified in full. The renderer seals gaps below .006. */
export const CLOSED_GAP_IOD = 0.016;
export const OPEN_GAP_IOD = 0.05;
/** Largest rotation of the eyes in their sockets, x and y, degrees. */
const GAZE_LIMIT = [25, 18] as const;

/** Replaces the offsets of all keypoints by delta R, or by delta R^T if transposed. */
function rotate(delta: Float32Array, r: Float32Array, transposed: boolean): void {
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

/** Applies adjustments to finished latents. It keeps no state between frames. */
export class MotionAdjuster {
  /** f32[E] each: c and change of the formula above. */
  readonly #expressions: Float32Array;
  readonly #changes: Float32Array;
  readonly #maps: AdjustmentMaps;

  constructor(maps: AdjustmentMaps) {
    this.#maps = maps;
    this.#expressions = new Float32Array(maps.count);
    this.#changes = new Float32Array(maps.count);
  }

  /** Changes `latent` in place: delta is rotated into the coordinates of the head, changed, and rotated with the new head pose. */
  adjust(latent: MotionLatent, adjustment: MotionAdjustment): void {
    const delta = latent.subarray(MOTION.delta, MOTION.delta + DELTA_SIZE);
    const rotation = (): Float32Array =>
      rotationFromAngles(latent[MOTION.pitch]!, latent[MOTION.yaw]!, latent[MOTION.roll]!);
    rotate(delta, rotation(), true);
    for (let axis = 0; axis < 3; axis++) {
      for (const [to, from] of [
        [MOTION.pitch, ADJUSTMENT.angles],
        [MOTION.translation, ADJUSTMENT.translation],
      ] as const) {
        latent[to + axis] = adjustment[ADJUSTMENT.head]! * latent[to + axis]! + adjustment[from + axis]!;
      }
    }
    this.#computeChanges(latent, delta, adjustment);
    this.#addChanges(delta);
    rotate(delta, rotation(), false);
  }

  /** The changes of all expressions. @param latent with the new head pose @param delta in the coordinates of the head */
  #computeChanges(latent: MotionLatent, delta: Float32Array, adjustment: MotionAdjustment): void {
    const { count, roles, read } = this.#maps;
    let gap = 0;
    for (let e = 0; e < count; e++) {
      let sum = 0;
      for (let i = 0; i < DELTA_SIZE; i++) sum += read[e * DELTA_SIZE + i]! * delta[i]!;
      this.#expressions[e] = sum;
      gap += roles[e * EXPRESSION_ROLE_STRIDE + EXPRESSION_ROLE.gap]! * sum;
    }
    const mouth = mouthFactor(adjustment[ADJUSTMENT.mouth]!, gap) - 1;
    const brows = adjustment[ADJUSTMENT.brows]! - 1;
    const hold = adjustment[ADJUSTMENT.hold]!;
    // A head with positive yaw points to the picture's left, with positive pitch down.
    const gazeX = limited(adjustment[ADJUSTMENT.gaze]! + hold * latent[MOTION.yaw]!, GAZE_LIMIT[0]);
    const gazeY = limited(adjustment[ADJUSTMENT.gaze + 1]! - hold * latent[MOTION.pitch]!, GAZE_LIMIT[1]);
    for (let e = 0; e < count; e++) {
      const value = this.#expressions[e]!;
      const role = (name: keyof typeof EXPRESSION_ROLE): number =>
        roles[e * EXPRESSION_ROLE_STRIDE + EXPRESSION_ROLE[name]]!;
      this.#changes[e] =
        (role('mouth') * mouth + role('brow') * brows) * value +
        role('raise') * adjustment[ADJUSTMENT.raise]! +
        (role('lidLeft') * adjustment[ADJUSTMENT.blinkLeft]! + role('lidRight') * adjustment[ADJUSTMENT.blinkRight]!) *
          Math.max(0, 1 - value) +
        Math.max(0, role('lookX') * gazeX + role('lookY') * gazeY);
    }
  }

  #addChanges(delta: Float32Array): void {
    const { count, write } = this.#maps;
    for (let i = 0; i < DELTA_SIZE; i++) {
      let sum = 0;
      for (let e = 0; e < count; e++) sum += write[i * count + e]! * this.#changes[e]!;
      delta[i]! += sum;
    }
  }
}
