/**
 * @file What lips do in M, B, P, in F, V and in U, O, W, beyond what landmarks show: a landmark model sees lips meet, not that they
 * roll in and press, hardly that a lower lip goes to the teeth (in tracked speech the roll of a P is .1, its press 0), and little
 * of lips that come forward (the pucker of a W is .03). The audio encoder hears these sounds (AudioEmbedding.articulation);
 * expression.wgsl adds the shapes below, the first two only where the motion closes the mouth by itself, or nearly.
 */
import { expressionIndex, type FaceModel } from '../weights/face-model';
import type { PortraitBundle } from './portrait-bundle';

/**
 * Expressions of fully pressed lips, of a lower lip under the upper teeth, and of rounded lips: what they reach, with what the
 * motion does of them by itself. Lips that press get thinner and, with firm corners, no narrower; under the teeth, corners that the jaw takes
 * down a little would look sullen.
 */
const PRESS = bothSides(
  { mouthRollLower: 0.35, mouthRollUpper: 0.3 },
  { mouthPress: 0.25, mouthDimple: 0.15, mouthStretch: 0.06 },
);
const TUCK = bothSides({ mouthRollLower: 0.5 }, { mouthUpperUp: 0.3, mouthSmile: 0.12, mouthDimple: 0.12 });
const ROUND = { mouthPucker: 0.22, mouthFunnel: 0.08 };
/** Lips of a photo that are thinner than the model's have less to roll in; this much they can always. */
const LEAST_ROLL = 0.3;

/** f32[E] each, in the order of the face model. */
export type LipShapes = {
  press: Float32Array;
  tuck: Float32Array;
  round: Float32Array;
  /** Opening in the middle of the lips, IOD a unit. */
  aperture: Float32Array;
  /** Change of the mouth's width, in its widths without expression. */
  width: Float32Array;
  /** f32[lip samples], 0 ... 1: the shape of an opening from corner to corner, that of a dropped jaw. */
  arch: Float32Array;
};

export function lipShapes(
  model: FaceModel,
  { gaps, mesh, lipRing, lipRingUpperCount }: Pick<PortraitBundle, 'gaps' | 'mesh' | 'lipRing' | 'lipRingUpperCount'>,
): LipShapes {
  const { count } = model.expressions;
  const lips = gaps.offsets[1];
  const weights = (table: Record<string, number>): Float32Array =>
    Float32Array.from(model.expressionNames, (name) => table[name] ?? 0);
  const middle = lips >> 1;
  const jaw = expressionIndex(model, 'jawOpen');
  const opening = Float32Array.from({ length: lips }, (_, s) => gaps.basis[s * count + jaw]!);
  const largest = Math.max(...opening);
  const [left, right] = [lipRing[0]!, lipRing[lipRingUpperCount - 1]!];
  const x = (v: number): number => mesh.rest[3 * v]!;
  return {
    press: weights(PRESS),
    tuck: weights(TUCK),
    round: weights(ROUND),
    aperture: Float32Array.from({ length: count }, (_, e) => gaps.basis[middle * count + e]!),
    width: mouthWidening(model, mesh.source[left]!, mesh.source[right]!).map((w) => w / (x(right) - x(left))),
    arch: opening.map((o) => Math.max(0, o / largest)),
  };
}

/**
 * How much of the model's roll the lips of a portrait can do: the height of their red over that of the model's, at most 1.
 *
 * @param vertices f32[model vertices x 3], without expression
 */
export function rollRoom(
  model: FaceModel,
  vertices: Float32Array,
): Record<'mouthRollUpper' | 'mouthRollLower', number> {
  const { lipInnerUpper, lipInnerLower, lipOuterUpper, lipOuterLower } = model.rings;
  const room = (inner: Uint32Array, outer: Uint32Array): number => {
    const middle = (ring: Uint32Array): number => 3 * ring[ring.length >> 1]! + 1;
    const height = (points: Float32Array): number => Math.abs(points[middle(inner)]! - points[middle(outer)]!);
    return Math.min(1, Math.max(LEAST_ROLL, height(vertices) / height(model.neutral)));
  };
  return {
    mouthRollUpper: room(lipInnerUpper, lipOuterUpper),
    mouthRollLower: room(lipInnerLower, lipOuterLower),
  };
}

/** Weights by name of expression. @param sided of expressions that are there left and right */
function bothSides(single: Record<string, number>, sided: Record<string, number>): Record<string, number> {
  const names = Object.entries(sided).flatMap(([name, weight]) =>
    ['L', 'R'].map((side) => [`${name}_${side}`, weight]),
  );
  return { ...single, ...Object.fromEntries(names) };
}

/** Change of the distance between two vertices along x, IOD a unit of each expression: f32[E]. */
export function mouthWidening(model: FaceModel, left: number, right: number): Float32Array {
  const { quantised, scale, count } = model.expressions;
  const at = (e: number, v: number): number => quantised[3 * (e * model.vertexCount + v)]! * scale[e]!;
  return Float32Array.from({ length: count }, (_, e) => at(e, right) - at(e, left));
}
