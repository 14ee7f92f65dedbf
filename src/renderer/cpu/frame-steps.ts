/**
 * @file The arithmetic of a frame, step by step as src/portrait-bundle/portrait-bundle.ts specifies it, with the constants of
 * shaders/warp/expression.wgsl. What is computed once per frame is written for clarity; vertex-motion.ts has what is computed
 * once per vertex.
 */
import { smoothstep } from '../../core/smooth';
import type { LipShapes } from '../../portrait-bundle/lip-shapes';
import type { PortraitBundle, PortraitPose, RingGaps } from '../../portrait-bundle/portrait-bundle';
import { ARTICULATION_RANGE, LIP_OVERLAP_IOD, LIP_SLACK_IOD } from '../frame-limits';

type Vector = ArrayLike<number>;
export type Point = [x: number, y: number, z: number];

const DEGREE = Math.PI / 180;

/** Limits of a motion latent: IOD, degrees, IOD, factors. */
const OFFSET_LIMIT = 0.6;
const ANGLE_LIMIT = 40;
const SHIFT_LIMIT = 1;
const SCALE_RANGE = [0.5, 2] as const;
const COMMANDED_RANGE = [-0.5, 1.5] as const;

const LIP_LIFT_IOD = 0.012;
const BITE_IOD = 0.06;

export const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

/** a (1 - part) + b part */
export function mixed(a: Vector, b: Vector, part: number): number[] {
  return Array.from(a, (x, i) => x * (1 - part) + b[i]! * part);
}

/** The row vector p times the 3 x 3 matrix m, row-major. */
export function times(p: Vector, m: Vector): Point {
  return [0, 1, 2].map((k) => p[0]! * m[k]! + p[1]! * m[3 + k]! + p[2]! * m[6 + k]!) as Point;
}

function product(a: Vector, b: Vector): number[] {
  return [0, 3, 6].flatMap((row) => times([a[row]!, a[row + 1]!, a[row + 2]!], b));
}

const transposed = (m: Vector): number[] => [0, 3, 6, 1, 4, 7, 2, 5, 8].map((k) => m[k]!);

/** R = (Rz Ry Rx)^T, degrees. */
function rotation(pitch: number, yaw: number, roll: number): number[] {
  const [cx, sx] = [Math.cos(pitch * DEGREE), Math.sin(pitch * DEGREE)];
  const [cy, sy] = [Math.cos(yaw * DEGREE), Math.sin(yaw * DEGREE)];
  const [cz, sz] = [Math.cos(roll * DEGREE), Math.sin(roll * DEGREE)];
  const rx = [1, 0, 0, 0, cx, -sx, 0, sx, cx];
  const ry = [cy, 0, sy, 0, 1, 0, -sy, 0, cy];
  const rz = [cz, -sz, 0, sz, cz, 0, 0, 0, 1];
  return transposed(product(product(rz, ry), rx));
}

/** Where the motion puts the head. */
export type HeadMotion = {
  /** Offsets of the keypoints, 21 x (x, y, z), rotated with the head, IOD. */
  delta: number[];
  /** R and R R_portrait. */
  turn: number[];
  rotation: number[];
  scale: number;
  /** t, IOD. */
  shift: Point;
};

/** @param latent f32[70] */
export function headMotion(latent: Vector, pose: Pick<PortraitPose, 'rotation'>): HeadMotion {
  const m = Array.from(latent);
  const angle = (k: number): number => clamp(m[63 + k]!, -ANGLE_LIMIT, ANGLE_LIMIT);
  const turn = rotation(angle(0), angle(1), angle(2));
  return {
    delta: m.slice(0, 63).map((x) => clamp(x, -OFFSET_LIMIT, OFFSET_LIMIT)),
    turn,
    rotation: product(turn, pose.rotation),
    scale: clamp(m[69]!, ...SCALE_RANGE),
    shift: m.slice(66, 69).map((x) => clamp(x, -SHIFT_LIMIT, SHIFT_LIMIT)) as Point,
  };
}

/** px of the photo of a canonical point (step 4); z in the same unit. */
export function placeInPhoto(p: Vector, { rotation, scale, shift }: HeadMotion, pose: PortraitPose): Point {
  const turned = times(p, rotation);
  const [x, y, z] = [0, 1, 2].map((k) => pose.scale * (scale * turned[k]! + shift[k]!)) as Point;
  return [x + pose.translation[0], y + pose.translation[1], z];
}

/** c of step 1. @param keypointsToExpressions f32[E x 63] */
export function commandedExpressions(keypointsToExpressions: Vector, { delta, turn }: HeadMotion): number[] {
  const inHead = Array.from({ length: 21 }, (_, j) => times(delta.slice(3 * j, 3 * j + 3), transposed(turn))).flat();
  return Array.from({ length: keypointsToExpressions.length / 63 }, (_, e) =>
    clamp(
      inHead.reduce((sum, d, k) => sum + d * keypointsToExpressions[63 * e + k]!, 0),
      ...COMMANDED_RANGE,
    ),
  );
}

/** 0 ... 1 each. */
export type Articulation = {
  tip: number;
  between: number;
  back: number;
  pressed: number;
  atTeeth: number;
  rounded: number;
};

/** @param probabilities f32[6] */
export function articulationOf(probabilities: Vector): Articulation {
  const [none, full] = ARTICULATION_RANGE;
  const amount = (k: number): number => clamp((probabilities[k]! - none) / (full - none), 0, 1);
  return {
    tip: amount(0),
    between: amount(1),
    back: amount(2),
    pressed: amount(3),
    atTeeth: amount(4),
    rounded: amount(5),
  };
}

/** What step 1 makes of the commanded expressions. */
export type ShownExpressions = {
  shown: number[];
  /** shown - expression of the photo */
  change: number[];
  /** Width of the mouth, in widths without expression. */
  mouthWidth: number;
  /** Commanded opening in the middle of the lips, IOD. */
  aperture: number;
  /** p and f of expression.wgsl. */
  pressed: number;
  atTeeth: number;
};

/** Step 1. */
export function showExpressions(
  { expression, headroom, relax }: Pick<PortraitBundle, 'expression' | 'headroom' | 'relax'>,
  shapes: Omit<LipShapes, 'arch'>,
  commanded: readonly number[],
  speechBlend: number,
  heard: Articulation,
): ShownExpressions {
  const dot = (weights: Vector): number => commanded.reduce((sum, c, e) => sum + c * weights[e]!, 0);
  const relaxation = speechBlend * clamp(relax.base + dot(relax.gain), 0, relax.limit);
  const aperture = dot(shapes.aperture);
  const pressed = speechBlend * heard.pressed * (1 - smoothstep(0.03, 0.07, aperture));
  const atTeeth = speechBlend * heard.atTeeth * (1 - smoothstep(0.06, 0.11, aperture));
  const rounded = speechBlend * heard.rounded;
  const missing = (shape: Vector, e: number): number => clamp(shape[e]! - commanded[e]!, 0, shape[e]!);
  const shown = commanded.map((c, e) => {
    const added =
      pressed * missing(shapes.press, e) + atTeeth * missing(shapes.tuck, e) + rounded * missing(shapes.round, e);
    return expression[e]! * Math.max(0, 1 - relaxation * relax.mask[e]!) + headroom[e]! * (c + added);
  });
  return {
    shown,
    change: shown.map((x, e) => x - expression[e]!),
    mouthWidth:
      1 + commanded.reduce((sum, c, e) => sum + (c + rounded * missing(shapes.round, e)) * shapes.width[e]!, 0),
    aperture,
    pressed,
    atTeeth,
  };
}

/** Amounts of the modes of the tongue (tongue-motion.ts). @param jaw the shown jawOpen */
export function tongueAmounts({ tip, between, back }: Articulation, jaw: number): number[] {
  return [tip, between, back, Math.min(1, 0.9 * tip + 0.55 * between) * Math.max(0, jaw)];
}

/**
 * Step 2: what is added to the gap at each ring sample, IOD.
 *
 * @param arch shape of an opening over the samples of the lips
 * @param blinks commanded, right and left eye
 */
export function gapCorrections(
  gaps: RingGaps,
  arch: Vector,
  commanded: readonly number[],
  blinks: readonly [right: number, left: number],
  speechBlend: number,
  { shown, aperture, pressed, atTeeth }: ShownExpressions,
): number[] {
  const count = commanded.length;
  const [, right, left] = gaps.offsets;
  const bitten = atTeeth * smoothstep(0, 0.015, aperture);
  const parted = smoothstep(0.012, 0.03, aperture) * (1 - smoothstep(0.03, 0.07, aperture));
  return Array.from(gaps.rest, (rest, s) => {
    const along = (weights: readonly number[]): number =>
      weights.reduce((sum, x, e) => sum + x * gaps.basis[s * count + e]!, 0);
    const mesh = rest + along(shown);
    if (s >= right) {
      const b = clamp(blinks[s < left ? 0 : 1], 0, 1);
      return mesh * (1 - b * b) - gaps.lidOverlap * b * b - mesh;
    }
    const opening = (bitten * BITE_IOD * arch[s]! + (1 - bitten) * along(commanded)) * (1 - pressed);
    const slack = LIP_SLACK_IOD * (1 - smoothstep(0.01, 0.03, opening));
    const lift = LIP_LIFT_IOD * arch[s]! * parted * (1 - bitten) * (1 - pressed);
    const target = Math.max(-LIP_OVERLAP_IOD * speechBlend, opening + speechBlend * (lift - slack));
    return target + (1 - speechBlend) * gaps.photo[s]! - mesh;
  });
}

/** Linear between two samples. @param coord fractional index */
export function correctionAt(corrections: readonly number[], coord: number): number {
  const last = corrections.length - 1;
  const i = Math.min(Math.floor(Math.max(coord, 0)), last);
  const next = Math.min(i + 1, last);
  return corrections[i]! + (coord - i) * (corrections[next]! - corrections[i]!);
}

/** Where the lips are on the screen. */
export type LipProfile = {
  /** x of the left mouth corner and width of the mouth. */
  left: number;
  width: number;
  /** Distance between the middles of the lips. */
  opening: number;
  /** y of the upper and of the lower lip in the middle of each of 32 columns between the corners. */
  columns: [upper: number, lower: number][];
};

/** @param ring closed: upper lip from left to right, lower lip back, the first point again @param firstLower index in it */
export function lipProfile(ring: readonly (readonly [x: number, y: number])[], firstLower: number): LipProfile {
  const [upper, lower] = [ring.slice(0, firstLower), ring.slice(firstLower - 1)];
  const [left, right] = [upper[0]![0], upper.at(-1)![0]];
  const heightAt = (path: typeof ring, x: number): number => {
    let y = path[0]![1];
    for (let k = 1; k < path.length; k++) {
      const [a, b] = [path[k - 1]!, path[k]!];
      if ((x - a[0]) * (x - b[0]) <= 0 && a[0] !== b[0]) y = a[1] + ((x - a[0]) / (b[0] - a[0])) * (b[1] - a[1]);
    }
    return y;
  };
  const [top, bottom] = [ring[firstLower >> 1]!, ring[(firstLower + ring.length) >> 1]!];
  return {
    left,
    width: right - left,
    opening: Math.hypot(top[0] - bottom[0], top[1] - bottom[1]),
    columns: Array.from({ length: 32 }, (_, k) => {
      const x = left + ((k + 0.5) / 32) * (right - left);
      return [heightAt(upper, x), heightAt(lower, x)];
    }),
  };
}
