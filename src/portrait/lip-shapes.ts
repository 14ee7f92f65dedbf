/**
 * @file What lips do in M, B, P and in F, V, beyond what landmarks show: a landmark model sees lips meet, not that they roll
 * in and press, and hardly that a lower lip goes to the teeth (in tracked speech the roll of a P is .1, its press 0). The
 * audio encoder hears these sounds (AudioEmbedding.articulation); expression.wgsl adds the shapes below, and only where the
 * motion closes the mouth by itself, or nearly.
 */
import { expressionIndex, type FaceModel } from '../weights/face-model';
import type { PortraitBundle } from './portrait-bundle';

/** Weights of expressions in fully pressed lips, and in a lower lip under the upper teeth. */
const PRESS: Record<string, number> = {
  mouthPress_L: 0.35,
  mouthPress_R: 0.35,
  mouthRollLower: 0.4,
  mouthRollUpper: 0.4,
};
const TUCK: Record<string, number> = { mouthRollLower: 0.55, mouthUpperUp_L: 0.2, mouthUpperUp_R: 0.2 };

/** f32[E] each, in the order of the face model. */
export type LipShapes = {
  press: Float32Array;
  tuck: Float32Array;
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
    aperture: Float32Array.from({ length: count }, (_, e) => gaps.basis[middle * count + e]!),
    width: mouthWidening(model, mesh.source[left]!, mesh.source[right]!).map((w) => w / (x(right) - x(left))),
    arch: opening.map((o) => Math.max(0, o / largest)),
  };
}

/** Change of the distance between two vertices along x, IOD a unit of each expression: f32[E]. */
export function mouthWidening(model: FaceModel, left: number, right: number): Float32Array {
  const { quantised, scale, count } = model.expressions;
  const at = (e: number, v: number): number => quantised[3 * (e * model.vertexCount + v)]! * scale[e]!;
  return Float32Array.from({ length: count }, (_, e) => at(e, right) - at(e, left));
}
