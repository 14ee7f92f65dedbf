/**
 * @file Openings between two rings of vertices (lips, lids) as linear functions of the expression, and the displacement
 * field that corrects them. All of it depends on the face model alone, so it is the same for every portrait.
 *
 * A ring pair is an upper and a lower path of vertices between two corners. Both are parametrised by a material
 * coordinate u: the x of the neutral model, 0 at one corner and 1 at the other, so that points of equal u lie above
 * each other. Openings are sampled at every u at which either path has a vertex. Both paths are straight in between, so
 * an opening that is right at the samples is right everywhere.
 */

import { expressionIndex, type FaceModel } from '../../weights/face-model';
import type { Neighbours } from './neighbours';
import { surfaceDistances } from './surface-distances';

/** Lips: share of a correction that the upper lip takes, and the scale over which the surface around follows. */
const LIP_UPPER_SHARE = 0.4;
const LIP_FALLOFF_CM = 1.1;
/** Lids: the upper lid takes nearly all of a correction; only skin close to the lids follows. */
const LID_UPPER_SHARE = 0.9;
const LID_FALLOFF_CM = 0.55;
/** Beyond this multiple of the falloff the weight is about 1e-4 and is set to 0. */
const FALLOFF_REACH = 3;
/** Samples closer together than this in u are merged. */
const SAME_U = 1e-4;

/** Upper and lower path, both from the picture's left to its right, sharing their corners. */
type RingPair = { upper: Uint32Array; lower: Uint32Array };

/** A point on a path, (1 - t) a + t b of two neighbouring vertices. */
type PathPoint = { a: number; b: number; t: number };
type GapSample = { u: number; upper: PathPoint; lower: PathPoint };

export type RingGapField = {
  /** First sample of the lips, the right eye and the left eye, and the number of samples. */
  offsets: [number, number, number, number];
  samples: GapSample[];
  /** f32[S x E], IOD: change of the opening per unit of expression. */
  basis: Float32Array;
  /** f32[model vertices]: fractional sample index. */
  coord: Float32Array;
  /** f32[model vertices]: change of canonical y per unit of correction. */
  weight: Float32Array;
  /** Lips, right eye, left eye. */
  pairs: [RingPair, RingPair, RingPair];
  /** Shares of a correction that the upper and the lower lip take. */
  lipShares: readonly [number, number];
};

/** Splits a closed loop at its leftmost and rightmost vertex (canonical x) into an upper and a lower path. */
function splitLoop(model: FaceModel, loop: Uint32Array): RingPair {
  const ring = Array.from(loop.subarray(0, loop.length - 1));
  const x = (v: number): number => model.neutral[3 * v]!;
  const y = (path: number[]): number => path.reduce((sum, v) => sum + model.neutral[3 * v + 1]!, 0) / path.length;
  const left = ring.reduce((best, v, i) => (x(v) < x(ring[best]!) ? i : best), 0);
  const turned = [...ring.slice(left), ...ring.slice(0, left)];
  const right = turned.reduce((best, v, i) => (x(v) > x(turned[best]!) ? i : best), 0);
  const first = turned.slice(0, right + 1);
  const second = [...turned.slice(right), turned[0]!].reverse();
  const [upper, lower] = y(first) < y(second) ? [first, second] : [second, first];
  return { upper: Uint32Array.from(upper), lower: Uint32Array.from(lower) };
}

/** Material coordinate of a vertex between the ends of a path, 0 ... 1. */
export function materialCoordinate(model: FaceModel, path: Uint32Array, vertex: number): number {
  const x0 = model.neutral[3 * path[0]!]!;
  const x1 = model.neutral[3 * path[path.length - 1]!]!;
  return Math.min(1, Math.max(0, (model.neutral[3 * vertex]! - x0) / (x1 - x0)));
}

/** Material coordinates of a path's vertices, 0 ... 1, never decreasing. */
export function pathCoordinates(model: FaceModel, path: Uint32Array): Float32Array {
  const u = new Float32Array(path.length);
  let last = 0;
  path.forEach((v, i) => {
    last = Math.max(last, materialCoordinate(model, path, v));
    u[i] = last;
  });
  return u;
}

/** The point of a path at a material coordinate. @param coordinates of the path's vertices */
export function pathPoint(path: Uint32Array, coordinates: Float32Array, u: number): PathPoint {
  let i = 0;
  while (i < path.length - 2 && coordinates[i + 1]! < u) i++;
  const span = coordinates[i + 1]! - coordinates[i]!;
  return { a: path[i]!, b: path[i + 1]!, t: span > 0 ? Math.min(1, Math.max(0, (u - coordinates[i]!) / span)) : 0 };
}

/** Fractional index of u in a list of ascending coordinates. */
function sampleIndex(us: number[], u: number): number {
  let i = 0;
  while (i < us.length - 2 && us[i + 1]! < u) i++;
  return i + Math.min(1, Math.max(0, (u - us[i]!) / (us[i + 1]! - us[i]!)));
}

/**
 * Computes samples, basis and displacement field of lips and lids.
 *
 * @param neighbours of face, head and mouth socket, the surface that follows lips and lids
 */
export function buildRingGapField(model: FaceModel, neighbours: Neighbours): RingGapField {
  const lips: RingPair = { upper: model.rings.lipInnerUpper, lower: model.rings.lipInnerLower.slice().reverse() };
  const pairs: RingGapField['pairs'] = [
    lips,
    splitLoop(model, model.rings.eyeRight),
    splitLoop(model, model.rings.eyeLeft),
  ];
  const coord = new Float32Array(model.vertexCount);
  const weight = new Float32Array(model.vertexCount);
  const samples: GapSample[] = [];
  const offsets = [0];
  pairs.forEach((pair, k) => {
    const first = samples.length;
    const upperU = pathCoordinates(model, pair.upper);
    const lowerU = pathCoordinates(model, pair.lower);
    const us: number[] = [];
    for (const u of [...upperU, ...lowerU].sort((a, b) => a - b))
      if (us.length === 0 || u - us[us.length - 1]! > SAME_U) us.push(u);
    for (const u of us)
      samples.push({ u, upper: pathPoint(pair.upper, upperU, u), lower: pathPoint(pair.lower, lowerU, u) });
    offsets.push(samples.length);

    const falloff = (k === 0 ? LIP_FALLOFF_CM : LID_FALLOFF_CM) / model.iodCm;
    const upperShare = k === 0 ? LIP_UPPER_SHARE : LID_UPPER_SHARE;
    const near = surfaceDistances(model.neutral, neighbours, [...pair.upper, ...pair.lower], FALLOFF_REACH * falloff);
    const isUpper = new Set(pair.upper);
    near.nearest.forEach((ring, v) => {
      if (ring < 0) return;
      const share = isUpper.has(ring) ? -upperShare : 1 - upperShare;
      weight[v] = share * Math.exp(-((near.distance[v]! / falloff) ** 2));
      coord[v] = first + sampleIndex(us, materialCoordinate(model, pair.upper, v));
    });
    for (const [path, u] of [
      [pair.upper, upperU],
      [pair.lower, lowerU],
    ] as const) {
      path.forEach((v, i) => {
        coord[v] = first + sampleIndex(us, u[i]!);
      });
    }
    // The corners belong to both paths, so they do not move.
    for (const v of [pair.upper[0]!, pair.upper[pair.upper.length - 1]!]) weight[v] = 0;
  });

  const expressions = model.expressions;
  const basis = new Float32Array(samples.length * expressions.count);
  for (let e = 0; e < expressions.count; e++) {
    const start = e * 3 * model.vertexCount;
    const gaps = ringGaps(samples, (v) => expressions.quantised[start + 3 * v + 1]! * expressions.scale[e]!);
    gaps.forEach((gap, s) => {
      basis[s * expressions.count + e] = gap;
    });
  }
  return {
    offsets: offsets as RingGapField['offsets'],
    samples,
    basis,
    coord,
    weight,
    pairs,
    lipShares: [LIP_UPPER_SHARE, 1 - LIP_UPPER_SHARE],
  };
}

/** Opening at every sample. @param y vertical coordinate of a model vertex, or its change */
export function ringGaps(samples: readonly GapSample[], y: (vertex: number) => number): Float32Array {
  const at = (p: PathPoint): number => y(p.a) * (1 - p.t) + y(p.b) * p.t;
  return Float32Array.from(samples, (s) => at(s.lower) - at(s.upper));
}

/** Linear interpolation of values per sample at a fractional index. */
export function gapAt(values: Float32Array, coordinate: number): number {
  const i = Math.floor(coordinate);
  const t = coordinate - i;
  return t === 0 ? values[i]! : values[i]! * (1 - t) + values[i + 1]! * t;
}

/**
 * Moves vertices, in place, so that every opening changes by its correction.
 *
 * @param vertices f32[model vertices x 3]
 * @param correction f32[samples], IOD
 */
export function correctGaps(
  vertices: Float32Array,
  field: Pick<RingGapField, 'coord' | 'weight'>,
  correction: Float32Array,
): void {
  field.weight.forEach((w, v) => {
    if (w !== 0) vertices[3 * v + 1] = vertices[3 * v + 1]! + w * gapAt(correction, field.coord[v]!);
  });
}

/** Indices of the eyeBlink expressions of the right and the left eye. */
export function blinkExpressions(model: FaceModel): [number, number] {
  return [expressionIndex(model, 'eyeBlink_R'), expressionIndex(model, 'eyeBlink_L')];
}
