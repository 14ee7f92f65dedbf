/** @file Identity and expression of the face model at a fixed pose, by bounded least squares with Gaussian priors. */

import type { FaceModel } from '../../weights/face-model';
import type { PortraitPose } from '../../portrait-bundle/portrait-bundle';
import { solveBounded } from './bounded-least-squares';
import { planeResidual } from './fit-pose';
import type { LandmarkBasis } from './landmark-basis';

/** Identity coefficients are standard normal and are kept within this. */
const IDENTITY_LIMIT = 3;
/** Standard deviation of an expression coefficient; the tight one is for expressions that resemble identities. */
const EXPRESSION_SIGMA = 0.35;
const TIGHT_EXPRESSION_SIGMA = 0.15;
const TIGHT_EXPRESSIONS = ['eyeWide', 'cheekPuff', 'jawForward', 'jawLeft', 'jawRight', 'eyeBlink'];
/**
 * Standard deviation of the difference between the two sides of an expression. Resting faces are nearly symmetric. On a
 * turned head, however, the landmarks of the far side are all off in the same direction, which without this prior would
 * be fitted as an extreme brow or mouth corner.
 */
const ASYMMETRY_SIGMA = 0.15;
/** One eye is often closed alone, and landmarks of lids are reliable. */
const ONE_SIDED_EXPRESSIONS = ['eyeBlink'];
/** Gaze turns the eyeballs; landmarks of the skin do not show it. */
const EXCLUDED_EXPRESSIONS = ['eyeLook'];

type ParameterLimits = {
  low: Float64Array;
  high: Float64Array;
  /** 1 / variance. */
  prior: Float64Array;
  /** Pairs of parameters that should be similar: the left and right side of an expression. */
  symmetricPairs: [number, number][];
};

/** Bounds and priors of identity and expression. */
export function parameterLimits(model: FaceModel): ParameterLimits {
  const identities = model.identities.count;
  const size = identities + model.expressions.count;
  const low = new Float64Array(size);
  const high = new Float64Array(size);
  const prior = new Float64Array(size).fill(1);
  const symmetricPairs: ParameterLimits['symmetricPairs'] = [];
  low.fill(-IDENTITY_LIMIT, 0, identities);
  high.fill(IDENTITY_LIMIT, 0, identities);
  model.expressionNames.forEach((name, e) => {
    const excluded = EXCLUDED_EXPRESSIONS.some((prefix) => name.startsWith(prefix));
    const tight = TIGHT_EXPRESSIONS.some((prefix) => name.startsWith(prefix));
    high[identities + e] = excluded ? 0 : 1;
    prior[identities + e] = (tight ? TIGHT_EXPRESSION_SIGMA : EXPRESSION_SIGMA) ** -2;
    if (name.endsWith('_L') && !ONE_SIDED_EXPRESSIONS.some((prefix) => name.startsWith(prefix)))
      symmetricPairs.push([identities + e, identities + model.expressionNames.indexOf(name.replace(/_L$/, '_R'))]);
  });
  return { low, high, prior, symmetricPairs };
}

/**
 * One bounded least-squares solution for identity and expression at a fixed pose.
 *
 * @param pixels f64[n x 2], the landmarks in the photo
 * @param trust f64[n], weights of the landmarks
 * @param sigma standard deviation of a landmark about the model, IOD
 * @param x f64[parameters], start on entry, solution on return
 */
export function fitParameters(
  basis: LandmarkBasis,
  pixels: Float64Array,
  pose: PortraitPose,
  trust: Float64Array,
  sigma: number,
  { low, high, prior, symmetricPairs }: ParameterLimits,
  x: Float64Array,
): void {
  const { count: n, parameters: p, modes } = basis;
  const r = pose.rotation;
  const target = planeResidual(pose, pixels, basis.neutral);
  // f64[p + 1 x 2n], scaled by sqrt(trust) / sigma; the last row is the right-hand side.
  const columns = new Float64Array((p + 1) * 2 * n);
  const scale = trust.map((t) => Math.sqrt(t) / sigma);
  for (let m = 0, i = 0, o = 0; m < p; m++) {
    for (let k = 0; k < n; k++, i += 3, o += 2) {
      const w = scale[k]!;
      const mx = modes[i]!;
      const my = modes[i + 1]!;
      const mz = modes[i + 2]!;
      columns[o] = w * (mx * r[0]! + my * r[3]! + mz * r[6]!);
      columns[o + 1] = w * (mx * r[1]! + my * r[4]! + mz * r[7]!);
    }
  }
  for (let k = 0, o = p * 2 * n; k < 2 * n; k++, o++) columns[o] = scale[k >> 1]! * target[k]!;
  const products = innerProducts(columns, p + 1);
  const a = new Float64Array(p * p);
  const b = new Float64Array(p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) a[i * p + j] = products[i * (p + 1) + j]!;
    a[i * p + i] = a[i * p + i]! + prior[i]!;
    b[i] = products[p * (p + 1) + i]!;
  }
  for (const [i, j] of symmetricPairs) {
    for (const [row, column, sign] of [
      [i, i, 1],
      [j, j, 1],
      [i, j, -1],
      [j, i, -1],
    ] as const)
      a[row * p + column] = a[row * p + column]! + sign * ASYMMETRY_SIGMA ** -2;
  }
  solveBounded(a, b, low, high, x);
}

/**
 * Inner products of all pairs of rows, computed for two times two rows at a time: the four sums are independent of each
 * other and each number is read once for two of them, which is several times as fast as one pair at a time.
 *
 * @param rows f64[count x length]
 * @returns f64[count x count], symmetric
 */
function innerProducts(rows: Float64Array, count: number): Float64Array {
  const length = rows.length / count;
  const out = new Float64Array(count * count);
  for (let i = 0; i < count; i += 2) {
    const nextI = Math.min(i + 1, count - 1); // if the number of rows is odd, the last is paired with itself
    for (let j = 0; j <= i; j += 2) {
      const nextJ = Math.min(j + 1, count - 1);
      let [s00, s01, s10, s11] = [0, 0, 0, 0];
      let [i0, i1, j0, j1] = [i * length, nextI * length, j * length, nextJ * length];
      for (const end = i0 + length; i0 < end; i0++, i1++, j0++, j1++) {
        const x0 = rows[i0]!;
        const x1 = rows[i1]!;
        const y0 = rows[j0]!;
        const y1 = rows[j1]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      out[i * count + j] = out[j * count + i] = s00;
      out[i * count + nextJ] = out[nextJ * count + i] = s01;
      out[nextI * count + j] = out[j * count + nextI] = s10;
      out[nextI * count + nextJ] = out[nextJ * count + nextI] = s11;
    }
  }
  return out;
}
