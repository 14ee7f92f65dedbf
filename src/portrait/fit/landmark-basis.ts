/** @file The face model, evaluated at the landmarks alone: what the fit compares with the photo. */

import type { FaceModel, FaceModes, LandmarkAnchors } from '../../weights/face-model';

/**
 * Values of a vertex field at the landmarks, by barycentric interpolation.
 *
 * @param field [V x 3]
 * @param scale factor on the field
 * @returns f64[n x 3]
 */
export function atLandmarks(
  { count, vertex, weight }: LandmarkAnchors,
  field: Float32Array | Int8Array,
  scale = 1,
): Float64Array {
  const out = new Float64Array(3 * count);
  // Scalars instead of small arrays: the first portrait runs this loop before the engine has compiled it.
  for (let k = 0, o = 0; k < count; k++, o += 3) {
    for (let j = 3 * k; j < 3 * k + 3; j++) {
      const w = weight[j]! * scale;
      const v = 3 * vertex[j]!;
      out[o] = out[o]! + w * field[v]!;
      out[o + 1] = out[o + 1]! + w * field[v + 1]!;
      out[o + 2] = out[o + 2]! + w * field[v + 2]!;
    }
  }
  return out;
}

/** The neutral model and its modes at the landmarks. */
export class LandmarkBasis {
  static readonly #cache = new WeakMap<FaceModel, LandmarkBasis>();
  readonly count: number;
  /** f64[n x 3]: positions on the neutral model. */
  readonly neutral: Float64Array;
  /** f64[parameters x n x 3]: identities, then expressions. */
  readonly modes: Float64Array;
  readonly parameters: number;

  /** The basis of a model, computed once per model. */
  static of(model: FaceModel): LandmarkBasis {
    let basis = LandmarkBasis.#cache.get(model);
    if (!basis) LandmarkBasis.#cache.set(model, (basis = new LandmarkBasis(model)));
    return basis;
  }

  private constructor(model: FaceModel) {
    const { count } = model.landmarks;
    this.count = count;
    this.parameters = model.identities.count + model.expressions.count;
    this.neutral = atLandmarks(model.landmarks, model.neutral);
    this.modes = new Float64Array(this.parameters * 3 * count);
    const add = ({ count: modes, quantised, scale }: FaceModes, first: number): void => {
      for (let m = 0; m < modes; m++) {
        const mode = quantised.subarray(m * 3 * model.vertexCount, (m + 1) * 3 * model.vertexCount);
        this.modes.set(atLandmarks(model.landmarks, mode, scale[m]!), (first + m) * 3 * count);
      }
    };
    add(model.identities, 0);
    add(model.expressions, model.identities.count);
  }

  /** Canonical positions of the landmarks for parameters x, f64[n x 3]. */
  evaluate(x: Float64Array): Float64Array {
    const out = this.neutral.slice();
    for (let p = 0; p < this.parameters; p++) {
      if (x[p] === 0) continue;
      for (let k = 0, m = p * out.length; k < out.length; k++, m++) out[k] = out[k]! + x[p]! * this.modes[m]!;
    }
    return out;
  }
}
