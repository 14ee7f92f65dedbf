/**
 * @file Lip shapes of M, B, P (pressed lips), of F, V (lower lip at the upper teeth) and of U, O, W (rounded lips).
 *
 * The motion latent is learned from tracked landmarks, which hardly show these shapes: they show that the lips meet,
 * but not that they roll in and press (in tracked speech the roll of a P is .1 and its press 0), and little of rounding
 * (the pucker of a W is .03). The audio encoder recognises the sounds (AudioEmbedding.articulation). expression.wgsl
 * adds the shapes below; the first two only while the latent itself closes the mouth, or nearly does.
 */
import { expressionIndex, type FaceModel } from '../weights/face-model';
import type { PortraitBundle } from './portrait-bundle';

/**
 * Expression weights of fully pressed lips, of a lower lip tucked under the upper teeth, and of rounded lips. They are
 * totals: what the latent commands of an expression counts towards them. Pressed lips get thinner but not narrower, so
 * the corners are kept firm. The smile in TUCK lifts the corners, which the lowered jaw pulls down and which would look
 * sullen.
 */
const PRESS = bothSides(
  { mouthRollLower: 0.35, mouthRollUpper: 0.3 },
  { mouthPress: 0.25, mouthDimple: 0.15, mouthStretch: 0.06 },
);
const TUCK = bothSides({ mouthRollLower: 0.5 }, { mouthUpperUp: 0.3, mouthSmile: 0.12, mouthDimple: 0.12 });
const ROUND = { mouthPucker: 0.22, mouthFunnel: 0.08 };
/** Smallest headroom for rolling the lips in, for photos with very thin lips. */
const LEAST_ROLL = 0.3;

/** Arrays are f32[E] in the order of the face model unless noted. */
export type LipShapes = {
  press: Float32Array;
  tuck: Float32Array;
  round: Float32Array;
  /** Opening in the middle of the lips, IOD per unit of expression. */
  aperture: Float32Array;
  /** Change of the mouth's width per unit of expression, in widths of the mouth without expression. */
  width: Float32Array;
  /** f32[lip samples], 0 ... 1: profile of the opening from corner to corner, taken from jawOpen. */
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
 * Headroom for rolling the lips in: height of the portrait's lips relative to the model's, at most 1.
 *
 * @param vertices f32[model vertices x 3], without expression
 */
export function rollHeadroom(
  model: FaceModel,
  vertices: Float32Array,
): Record<'mouthRollUpper' | 'mouthRollLower', number> {
  const { lipInnerUpper, lipInnerLower, lipOuterUpper, lipOuterLower } = model.rings;
  const headroom = (inner: Uint32Array, outer: Uint32Array): number => {
    const middle = (ring: Uint32Array): number => 3 * ring[ring.length >> 1]! + 1;
    const height = (points: Float32Array): number => Math.abs(points[middle(inner)]! - points[middle(outer)]!);
    return Math.min(1, Math.max(LEAST_ROLL, height(vertices) / height(model.neutral)));
  };
  return {
    mouthRollUpper: headroom(lipInnerUpper, lipOuterUpper),
    mouthRollLower: headroom(lipInnerLower, lipOuterLower),
  };
}

/** Weights by expression name. @param sided weights of expressions that exist on both sides, names without _L and _R */
function bothSides(single: Record<string, number>, sided: Record<string, number>): Record<string, number> {
  const names = Object.entries(sided).flatMap(([name, weight]) =>
    ['L', 'R'].map((side) => [`${name}_${side}`, weight]),
  );
  return { ...single, ...Object.fromEntries(names) };
}

/** Change of the distance between two vertices along x, IOD per unit of each expression: f32[E]. */
export function mouthWidening(model: FaceModel, left: number, right: number): Float32Array {
  const { quantised, scale, count } = model.expressions;
  const at = (e: number, v: number): number => quantised[3 * (e * model.vertexCount + v)]! * scale[e]!;
  return Float32Array.from({ length: count }, (_, e) => at(e, right) - at(e, left));
}
