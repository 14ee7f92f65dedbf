/**
 * @file Motion modes of the tongue. The tongue of the face model only moves with the jaw, and landmarks do not show it.
 * These four modes are derived from its geometry, stored like expressions (int8 with one step), and driven by the
 * articulation that the audio encoder detects:
 *
 *   lift     the tip up behind the upper incisors, its underside in sight below them (L T D N)
 *   forward  the tip between the teeth (TH)
 *   back     the back of the tongue to the palate, the tip drawn in (K G, U O)
 *   hold     cancels the motion of the tip by jawOpen: a raised tip stays up while the jaw drops
 *
 * Distances on the model's midline: the tip's upper side rests .35 cm below the upper incisors' edge, its front .8 cm behind it; the
 * lower incisors reach up to that edge.
 */
import { expressionIndex, type FaceModel } from '../weights/face-model';
import { smoothstep } from '../core/smooth';

/** Modes, in the order of their slots in the motion state. */
export const TONGUE_MODES = ['lift', 'forward', 'back', 'hold'] as const;
/** IOD per int8 step; jawOpen moves the tip by nearly half an IOD. */
export const TONGUE_STEP_IOD = 0.5 / 127;

/** Displacements of the tip and of the back, cm: y down, z away from the viewer. */
const LIFT_CM = [-0.95, -0.45] as const;
const FORWARD_CM = [-0.62, -1.3] as const;
const BACK_CM = [-1.1, 0.5] as const;
const TIP_DRAWN_IN_CM = 0.7;
/**
 * Distances from the tip along z, cm: how far a raised tip lifts the tongue behind it; where the back begins and is
 * highest.
 */
const TIP_REACH_CM = [0.4, 2.4] as const;
const BACK_START_CM = [1.2, 3.4] as const;
/**
 * Half width of the tongue, cm: at the tip, and the increase per square root of the distance behind it. Beyond it,
 * after a soft transition, lies the gum.
 */
const HALF_WIDTH_CM = [0.7, 0.65] as const;
const SIDE_CM = [-0.35, 0.1] as const;
/** A vertex that moves by at least this share of the largest motion of jawOpen belongs to the lower jaw. */
const JAW_SHARE = 0.2;
/** Edge of the tip in the model, cm; the gums lie in front of it. */
const TIP_Z_CM = -10.85;

const cache = new WeakMap<FaceModel, Int8Array>();

/** i8[4 x V x 3]: the modes, zero everywhere except on the tongue; the same for every portrait. */
export function tongueModes(model: FaceModel): Int8Array {
  let modes = cache.get(model);
  if (modes) return modes;
  const count = model.vertexCount;
  modes = new Int8Array(3 * count * TONGUE_MODES.length);
  const { quantised, scale } = model.expressions;
  const jaw = expressionIndex(model, 'jawOpen');
  const jawAt = (v: number, k: number): number => quantised[3 * (jaw * count + v) + k]! * scale[jaw]!;
  const [first, end] = model.parts.gums_and_tongue.vertices;
  let largest = 0;
  for (let v = first; v < end; v++) largest = Math.max(largest, Math.hypot(jawAt(v, 0), jawAt(v, 1), jawAt(v, 2)));
  for (let v = first; v < end; v++) {
    if (Math.hypot(jawAt(v, 0), jawAt(v, 1), jawAt(v, 2)) < JAW_SHARE * largest) continue;
    const [x, behind] = [model.neutral[3 * v]! * model.iodCm, model.neutral[3 * v + 2]! * model.iodCm - TIP_Z_CM];
    if (behind < 0) continue;
    const outside = Math.abs(x) - HALF_WIDTH_CM[0] - HALF_WIDTH_CM[1] * Math.sqrt(behind);
    const middle = 1 - smoothstep(SIDE_CM[0], SIDE_CM[1], outside);
    const tip = middle * (1 - smoothstep(TIP_REACH_CM[0], TIP_REACH_CM[1], behind));
    const back = middle * smoothstep(BACK_START_CM[0], BACK_START_CM[1], behind);
    const moves: [number, number, number][] = [
      [0, tip * LIFT_CM[0], tip * LIFT_CM[1]],
      [0, tip * FORWARD_CM[0], tip * FORWARD_CM[1]],
      [0, back * BACK_CM[0], back * BACK_CM[1] + tip * TIP_DRAWN_IN_CM],
      [0, 1, 2].map((k) => -tip * jawAt(v, k) * model.iodCm) as [number, number, number],
    ];
    moves.forEach((move, mode) => {
      move.forEach((cm, k) => {
        modes![3 * (mode * count + v) + k] = Math.max(
          -127,
          Math.min(127, Math.round(cm / model.iodCm / TONGUE_STEP_IOD)),
        );
      });
    });
  }
  cache.set(model, modes);
  return modes;
}
