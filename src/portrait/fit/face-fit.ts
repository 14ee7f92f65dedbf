/**
 * @file Fits the face model to landmarks of one photo: pose (scaled orthographic), identity and expression by bounded
 * least squares in alternating rounds, then a smooth residual in the image plane. Deterministic, about a third of a
 * second (twice that the first time in a process), no GPU.
 */

import { TalkingPortraitError } from '../../errors';
import { addModes, type FaceModel, type FaceModes, withExpression } from '../../weights/face-model';
import { solveBounded } from './bounded-least-squares';
import { laplacianResidual } from './laplacian-residual';
import { fitPose } from './fit-pose';
import { placeTeeth } from './teeth-placement';
import type { FaceFit, PortraitPose } from '../../portrait-bundle/portrait-bundle';
import { faceTopology } from '../mesh/face-topology';
import { partTriangles, vertexNormals } from '../mesh/mesh-geometry';
import { correctGaps, ringGaps } from '../mesh/ring-gaps';

const ROUNDS = 12;
/** Standard deviation of a landmark about the model: first rounds, then the others. */
const COARSE_SIGMA_CM = 0.36;
const COARSE_ROUNDS = 3;
const SIGMA_CM = 0.12;
/** Rounds end when no coefficient changes by more (identities are standard normal, expressions 0 ... 1). */
const CONVERGED = 0.01;
/** Identity is standard normal and kept within this. */
const IDENTITY_LIMIT = 3;
/** Standard deviation of an expression coefficient; the tight ones are easily mistaken for identity. */
const EXPRESSION_SIGMA = 0.35;
const TIGHT_EXPRESSION_SIGMA = 0.15;
const TIGHT_EXPRESSIONS = ['eyeWide', 'cheekPuff', 'jawForward', 'jawLeft', 'jawRight', 'eyeBlink'];
/**
 * Standard deviation of the difference between the two sides of an expression. Faces at rest are nearly symmetric, but where
 * the head is turned the landmarks of the far side are off together, which looks like a brow or a mouth corner pulled to its limit.
 */
const ASYMMETRY_SIGMA = 0.15;
/** An eye may well be closed alone, and its lids are seen well. */
const ONE_SIDED_EXPRESSIONS = ['eyeBlink'];
/** Gaze turns the eyeballs, landmarks of the skin say nothing about it. */
const EXCLUDED_EXPRESSIONS = ['eyeLook'];
/** Cosine between skin and viewer: landmarks that turn away count less, hidden ones hardly. */
const FACING_RANGE = [-0.1, 0.35] as const;
const HIDDEN_TRUST = 0.1;
/** A mouth that is open less than this in the middle is closed: its lips are sealed. */
const CLOSED_MOUTH_IOD = 0.03;
/** Smallest cosine of the head against the viewer; beyond about 60 degrees there is half a face. */
const MIN_FACING = 0.5;
/** Mean error beyond which these are not landmarks of a face. */
const MAX_ERROR_IOD = 0.12;
const MIN_SCALE_PX = 8;

function noFace(what: string, value?: string | number): TalkingPortraitError {
  return new TalkingPortraitError(
    'no-face',
    `The landmarks do not describe a face: ${what}.`,
    'Use a photo with one face that looks towards the camera.',
    value,
  );
}

/** Landmarks of the model that the input covers, with the model's modes at those places. */
class LandmarkBasis {
  static readonly #cache = new WeakMap<FaceModel, LandmarkBasis>();
  readonly count: number;
  /** f64[n x 3]: neutral positions. */
  readonly neutral: Float64Array;
  /** f64[parameters x n x 3]: identities, then expressions. */
  readonly modes: Float64Array;
  readonly parameters: number;

  /** The basis of a model, computed once. */
  static of(model: FaceModel): LandmarkBasis {
    let basis = LandmarkBasis.#cache.get(model);
    if (!basis) LandmarkBasis.#cache.set(model, (basis = new LandmarkBasis(model)));
    return basis;
  }

  private constructor(model: FaceModel) {
    const { count, vertex, weight } = model.landmarks;
    this.count = count;
    this.parameters = model.identities.count + model.expressions.count;
    // Plain loops over the landmarks' corners: the first portrait runs this uncompiled.
    this.neutral = new Float64Array(3 * count);
    this.modes = new Float64Array(this.parameters * 3 * count);
    const sample = (field: Float32Array | Int8Array, from: number, scale: number, out: Float64Array, at: number) => {
      for (let k = 0; k < count; k++) {
        for (let j = 3 * k; j < 3 * k + 3; j++) {
          const w = weight[j]! * scale;
          const v = from + 3 * vertex[j]!;
          const o = at + 3 * k;
          out[o] = out[o]! + w * field[v]!;
          out[o + 1] = out[o + 1]! + w * field[v + 1]!;
          out[o + 2] = out[o + 2]! + w * field[v + 2]!;
        }
      }
    };
    sample(model.neutral, 0, 1, this.neutral, 0);
    const add = (modes: FaceModes, first: number): void => {
      for (let m = 0; m < modes.count; m++)
        sample(modes.quantised, m * 3 * model.vertexCount, modes.scale[m]!, this.modes, (first + m) * 3 * count);
    };
    add(model.identities, 0);
    add(model.expressions, model.identities.count);
  }

  /** Canonical positions for parameters x. */
  evaluate(x: Float64Array): Float64Array {
    const out = this.neutral.slice();
    for (let p = 0; p < this.parameters; p++) {
      if (x[p] === 0) continue;
      for (let k = 0, m = p * out.length; k < out.length; k++, m++) out[k] = out[k]! + x[p]! * this.modes[m]!;
    }
    return out;
  }
}

/** Computes what the fit needs of a model once, about a fifth of a second; else the first fit does it. */
export function prepareFit(model: FaceModel): void {
  faceTopology(model);
  LandmarkBasis.of(model);
}

/**
 * @param model the face model
 * @param landmarks f32[468 or 478 x 3], px of the photo (z is not used), MediaPipe's numbering
 * @returns see {@link FaceFit}; errors in IOD are means over the landmarks off the contour
 * @throws TalkingPortraitError `no-face` for landmarks that are not finite, degenerate, mirrored or no face
 */
export function fitFace(model: FaceModel, landmarks: Float32Array): FaceFit {
  const n = model.landmarks.count;
  const pixels = checkedPixels(model, landmarks);
  const basis = LandmarkBasis.of(model);
  const limits = parameterLimits(model);
  const normals = landmarkNormals(model);

  const x = new Float64Array(basis.parameters);
  let points = basis.evaluate(x);
  let trust: Float64Array = Float64Array.from(model.landmarks.trust);
  let pose = checkedPose(fitPose(points, pixels, trust));
  for (let round = 0; round < ROUNDS; round++) {
    trust = visibleTrust(model, normals, pose);
    pose = checkedPose(fitPose(points, pixels, trust));
    const sigma = (round < COARSE_ROUNDS ? COARSE_SIGMA_CM : SIGMA_CM) / model.iodCm;
    const before = x.slice();
    fitParameters(basis, pixels, pose, trust, sigma, limits, x);
    points = basis.evaluate(x);
    if (round >= COARSE_ROUNDS && x.every((value, k) => Math.abs(value - before[k]!) < CONVERGED)) break;
  }
  pose = checkedPose(fitPose(points, pixels, trust));

  const identity = Float32Array.from(x.subarray(0, model.identities.count));
  const expression = Float32Array.from(x.subarray(model.identities.count));
  const vertices = model.neutral.slice();
  addModes(vertices, model.identities, identity);

  // Residual, in the image plane of the posed face.
  const offset = planeResidual(pose, pixels, points);
  const modelError = meanError(model, offset);
  if (!(modelError < MAX_ERROR_IOD))
    throw noFace('the fitted face is too far from them, % of the eye distance', Math.round(modelError * 1000) / 10);
  const topology = faceTopology(model);
  const flat = laplacianResidual(topology.skin, {
    vertex: model.landmarks.vertex,
    weight: model.landmarks.weight,
    offset,
    trust,
  });
  const residual = new Float32Array(vertices.length);
  const r = pose.rotation;
  for (let v = 0; v < topology.skinCount; v++) {
    const [dx, dy] = [flat[2 * v]!, flat[2 * v + 1]!];
    for (let c = 0; c < 3; c++) {
      residual[3 * v + c] = dx * r[3 * c]! + dy * r[3 * c + 1]!;
      vertices[3 * v + c] = vertices[3 * v + c]! + residual[3 * v + c]!;
    }
  }
  placeTeeth(model, vertices, residual);
  const mouthClosed = sealMouth(model, vertices, expression);
  return {
    pose,
    expression,
    identity,
    vertices,
    mouthClosed,
    error: { model: modelError, final: finalError(model, vertices, expression, pose, pixels) },
  };

  function finalError(
    m: FaceModel,
    base: Float32Array,
    e: Float32Array,
    camera: PortraitPose,
    target: Float64Array,
  ): number {
    const shown = withExpression(m, base, e);
    const at = new Float64Array(3 * n);
    for (let j = 0; j < 3 * n; j++) {
      const k = Math.floor(j / 3);
      for (let c = 0; c < 3; c++)
        at[3 * k + c] = at[3 * k + c]! + m.landmarks.weight[j]! * shown[3 * m.landmarks.vertex[j]! + c]!;
    }
    return meanError(m, planeResidual(camera, target, at));
  }
}

/** Pixels of the model's landmarks. */
function checkedPixels(model: FaceModel, landmarks: Float32Array): Float64Array {
  if (landmarks.length < 468 * 3 || landmarks.length % 3 !== 0)
    throw noFace('468 or 478 points x 3 are needed', landmarks.length);
  const { count, index } = model.landmarks;
  const pixels = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < 2; c++) {
      const value = landmarks[3 * index[k]! + c]!;
      if (!Number.isFinite(value)) throw noFace('a coordinate is not finite, landmark', index[k]!);
      pixels[2 * k + c] = value;
    }
  }
  return pixels;
}

function checkedPose(pose: PortraitPose): PortraitPose {
  const finite =
    pose.rotation.every(Number.isFinite) && Number.isFinite(pose.scale) && pose.translation.every(Number.isFinite);
  if (!finite) throw noFace('the points lie on a line or in one place');
  if (pose.scale < MIN_SCALE_PX) throw noFace('the face is too small, px between the eyes', Math.round(pose.scale));
  if (pose.rotation[8]! < MIN_FACING)
    throw noFace(
      'the face is turned away or mirrored, cosine to the viewer',
      Math.round(pose.rotation[8]! * 100) / 100,
    );
  return pose;
}

type ParameterLimits = {
  low: Float64Array;
  high: Float64Array;
  /** 1 / variance. */
  prior: Float64Array;
  /** Pairs of parameters that are alike: left and right. */
  twins: [number, number][];
};

function parameterLimits(model: FaceModel): ParameterLimits {
  const identities = model.identities.count;
  const size = identities + model.expressions.count;
  const low = new Float64Array(size);
  const high = new Float64Array(size);
  const prior = new Float64Array(size).fill(1);
  const twins: ParameterLimits['twins'] = [];
  low.fill(-IDENTITY_LIMIT, 0, identities);
  high.fill(IDENTITY_LIMIT, 0, identities);
  model.expressionNames.forEach((name, e) => {
    const excluded = EXCLUDED_EXPRESSIONS.some((prefix) => name.startsWith(prefix));
    const tight = TIGHT_EXPRESSIONS.some((prefix) => name.startsWith(prefix));
    high[identities + e] = excluded ? 0 : 1;
    prior[identities + e] = (tight ? TIGHT_EXPRESSION_SIGMA : EXPRESSION_SIGMA) ** -2;
    if (name.endsWith('_L') && !ONE_SIDED_EXPRESSIONS.some((prefix) => name.startsWith(prefix)))
      twins.push([identities + e, identities + model.expressionNames.indexOf(name.replace(/_L$/, '_R'))]);
  });
  return { low, high, prior, twins };
}

/** Normals of the neutral model at the landmarks, f64[n x 3]. */
function landmarkNormals(model: FaceModel): Float64Array {
  const { face } = model.parts;
  const normals = vertexNormals(model.neutral, partTriangles(model.triangles, face.triangles));
  const { count, vertex, weight } = model.landmarks;
  const out = new Float64Array(3 * count);
  for (let k = 0; k < count; k++) {
    for (let j = 3 * k; j < 3 * k + 3; j++) {
      for (let c = 0; c < 3; c++) out[3 * k + c] = out[3 * k + c]! + weight[j]! * normals[3 * vertex[j]! + c]!;
    }
  }
  return out;
}

/** Trust of every landmark for a pose: smooth skin that turns away is a guess of the landmark network. */
function visibleTrust(model: FaceModel, normals: Float64Array, pose: PortraitPose): Float64Array {
  const r = pose.rotation;
  return Float64Array.from(model.landmarks.trust, (trust, k) => {
    // Normals on the rims of lips and lids point anywhere: those landmarks are edges, seen from everywhere.
    if (model.landmarks.kind[k] !== 'surf' && model.landmarks.kind[k] !== 'oval') return trust;
    const facing = -(normals[3 * k]! * r[2]! + normals[3 * k + 1]! * r[5]! + normals[3 * k + 2]! * r[8]!);
    const t = Math.min(1, Math.max(0, (facing - FACING_RANGE[0]) / (FACING_RANGE[1] - FACING_RANGE[0])));
    return trust * (HIDDEN_TRUST + (1 - HIDDEN_TRUST) * t * t * (3 - 2 * t));
  });
}

/** Pixels minus projected points, IOD in the image plane. f64[n x 2]. */
function planeResidual(pose: PortraitPose, pixels: Float64Array, points: Float64Array): Float64Array {
  const r = pose.rotation;
  const out = new Float64Array(pixels.length);
  for (let k = 0; k < out.length / 2; k++) {
    for (let c = 0; c < 2; c++) {
      const at = points[3 * k]! * r[c]! + points[3 * k + 1]! * r[3 + c]! + points[3 * k + 2]! * r[6 + c]!;
      out[2 * k + c] = (pixels[2 * k + c]! - pose.translation[c]!) / pose.scale - at;
    }
  }
  return out;
}

function meanError(model: FaceModel, offset: Float64Array): number {
  let [sum, count] = [0, 0];
  model.landmarks.kind.forEach((kind, k) => {
    if (kind === 'oval') return;
    sum += Math.hypot(offset[2 * k]!, offset[2 * k + 1]!);
    count++;
  });
  return sum / count;
}

/** One bounded least-squares step for identity and expression at a fixed pose; x in place. */
function fitParameters(
  basis: LandmarkBasis,
  pixels: Float64Array,
  pose: PortraitPose,
  trust: Float64Array,
  sigma: number,
  { low, high, prior, twins }: ParameterLimits,
  x: Float64Array,
): void {
  const { count: n, parameters: p, modes } = basis;
  const r = pose.rotation;
  const target = planeResidual(pose, pixels, basis.neutral);
  const columns = new Float64Array((p + 1) * 2 * n); // f64[p + 1 x 2n], rows scaled by sqrt(trust) / sigma; the last one is the goal
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
  for (const [i, j] of twins) {
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
 * Inner products of all pairs of rows. Two by two rows at a time: four sums that don't wait for each other, each number
 * read once for two of them, which is several times as fast as pair by pair.
 *
 * @param rows f64[count x length]
 * @returns f64[count x count], symmetric
 */
function innerProducts(rows: Float64Array, count: number): Float64Array {
  const length = rows.length / count;
  const out = new Float64Array(count * count);
  for (let i = 0; i < count; i += 2) {
    const nextI = Math.min(i + 1, count - 1); // an odd last row is its own neighbour
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

/**
 * Seals the lips of a closed mouth, and takes crossed lips apart in an open one, in place.
 *
 * @returns whether the mouth is closed
 */
function sealMouth(model: FaceModel, vertices: Float32Array, expression: Float32Array): boolean {
  const { gaps } = faceTopology(model);
  const shown = withExpression(model, vertices, expression);
  const opening = ringGaps(gaps.samples, (v) => shown[3 * v + 1]!).fill(0, gaps.offsets[1]);
  const closed = opening.reduce((a, b) => Math.max(a, b)) < CLOSED_MOUTH_IOD;
  correctGaps(
    vertices,
    gaps,
    opening.map((gap) => (closed ? -gap : Math.max(0, -gap))),
  );
  return closed;
}
