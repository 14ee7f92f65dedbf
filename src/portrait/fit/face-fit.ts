/**
 * @file Fits the face model to the landmarks of one photo. Pose and face parameters (identity, expression) are fitted
 * in turns by least squares; a smooth displacement in the image plane then takes up what the model cannot explain.
 * Deterministic, on the CPU, in about a third of a second (twice that the first time in a process).
 */

import { TalkingPortraitError } from '../../errors';
import { addModes, type FaceModel, partTriangles, withExpression } from '../../weights/face-model';
import type { PortraitPose } from '../../portrait-bundle/portrait-bundle';
import { faceTopology } from '../mesh/face-topology';
import { correctGaps, ringGaps } from '../mesh/ring-gaps';
import { vertexNormals } from '../mesh/vertex-normals';
import { fitParameters, parameterLimits } from './fit-parameters';
import { fitPose, planeResidual } from './fit-pose';
import { atLandmarks, LandmarkBasis } from './landmark-basis';
import { laplacianResidual } from './laplacian-residual';
import { placeTeeth } from './teeth-placement';

const ROUNDS = 12;
/** Standard deviation of a landmark about the model: in the first rounds, and in the others. */
const COARSE_SIGMA_CM = 0.36;
const COARSE_ROUNDS = 3;
const SIGMA_CM = 0.12;
/** Rounds end once no coefficient changes by more than this (identities are standard normal, expressions 0 ... 1). */
const CONVERGED = 0.01;
/**
 * Cosine between the skin's normal and the viewer: trust in a landmark falls from full to HIDDEN_TRUST over this range.
 */
const FACING_RANGE = [-0.1, 0.35] as const;
const HIDDEN_TRUST = 0.1;
/** A mouth whose largest opening is less than this counts as closed: its lips are sealed. */
const CLOSED_MOUTH_IOD = 0.03;
/** Smallest cosine between the head's direction and the viewer; beyond 60 degrees only half a face is visible. */
const MIN_FACING = 0.5;
/** A larger mean error means that these are not landmarks of a face. */
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

/** The face model fitted to one photo. */
export type FaceFit = {
  pose: PortraitPose;
  /** f32[E], 0 ... 1: the expression that the photo shows. */
  expression: Float32Array;
  /** f32[40], standard normal units. */
  identity: Float32Array;
  /** f32[model vertices x 3], canonical, without expression: neutral + identity + residual, with the teeth placed. */
  vertices: Float32Array;
  /** The photo shows a closed mouth. Its lip rings are sealed, so there is no opening in the rest pose. */
  mouthClosed: boolean;
  /** Mean landmark error before and after the residual, IOD. */
  error: { model: number; final: number };
};

/**
 * Computes in advance what every fit with this model needs, about a fifth of a second. Otherwise the first fit does.
 */
export function prepareFit(model: FaceModel): void {
  faceTopology(model);
  LandmarkBasis.of(model);
}

/**
 * Fits the face model.
 *
 * @param landmarks f32[468 or 478 x 3], px of the photo (z is not used), in MediaPipe's order
 * @returns the fit; its errors are means over the landmarks that are not on the contour
 * @throws TalkingPortraitError `no-face` for landmarks that are not finite, degenerate, mirrored or not those of a face
 */
export function fitFace(model: FaceModel, landmarks: Float32Array): FaceFit {
  const pixels = checkedPixels(model, landmarks);
  const basis = LandmarkBasis.of(model);
  const limits = parameterLimits(model);
  const { face } = model.parts;
  const normals = atLandmarks(
    model.landmarks,
    vertexNormals(model.neutral, partTriangles(model.triangles, face.triangles)),
  );

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

  const offset = planeResidual(pose, pixels, points);
  const modelError = meanError(model, offset);
  if (!(modelError < MAX_ERROR_IOD))
    throw noFace(
      'their mean distance from the fitted face is too large, % of the IOD',
      Math.round(modelError * 1000) / 10,
    );
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
  const finalPoints = atLandmarks(model.landmarks, withExpression(model, vertices, expression));
  return {
    pose,
    expression,
    identity,
    vertices,
    mouthClosed,
    error: { model: modelError, final: meanError(model, planeResidual(pose, pixels, finalPoints)) },
  };
}

/** Positions of the model's landmarks in the photo, px. */
function checkedPixels(model: FaceModel, landmarks: Float32Array): Float64Array {
  if (landmarks.length < 468 * 3 || landmarks.length % 3 !== 0)
    throw noFace('468 or 478 points of 3 numbers are needed', landmarks.length);
  const { count, index } = model.landmarks;
  const pixels = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < 2; c++) {
      const value = landmarks[3 * index[k]! + c]!;
      if (!Number.isFinite(value)) throw noFace('a coordinate is not finite at landmark', index[k]!);
      pixels[2 * k + c] = value;
    }
  }
  return pixels;
}

function checkedPose(pose: PortraitPose): PortraitPose {
  const finite =
    pose.rotation.every(Number.isFinite) && Number.isFinite(pose.scale) && pose.translation.every(Number.isFinite);
  if (!finite) throw noFace('all points lie on a line or coincide');
  if (pose.scale < MIN_SCALE_PX)
    throw noFace('the face is too small, px between the outer eye corners', Math.round(pose.scale));
  if (pose.rotation[8]! < MIN_FACING)
    throw noFace(
      'the face is turned away or mirrored, cosine to the viewer',
      Math.round(pose.rotation[8]! * 100) / 100,
    );
  return pose;
}

/** Trust in every landmark for a pose. On smooth skin that turns away, the landmark network only guesses. */
function visibleTrust(model: FaceModel, normals: Float64Array, pose: PortraitPose): Float64Array {
  const r = pose.rotation;
  return Float64Array.from(model.landmarks.trust, (trust, k) => {
    // Lips and lids: normals at their rims are arbitrary, and the edges are visible from any direction.
    if (model.landmarks.kind[k] !== 'surf' && model.landmarks.kind[k] !== 'oval') return trust;
    const facing = -(normals[3 * k]! * r[2]! + normals[3 * k + 1]! * r[5]! + normals[3 * k + 2]! * r[8]!);
    // A smooth step, multiplied in this order: golden tests compare the fit bit by bit.
    const t = Math.min(1, Math.max(0, (facing - FACING_RANGE[0]) / (FACING_RANGE[1] - FACING_RANGE[0])));
    return trust * (HIDDEN_TRUST + (1 - HIDDEN_TRUST) * t * t * (3 - 2 * t));
  });
}

/** Mean length of the offsets at landmarks that are not on the contour, IOD. */
function meanError(model: FaceModel, offset: Float64Array): number {
  let [sum, count] = [0, 0];
  model.landmarks.kind.forEach((kind, k) => {
    if (kind === 'oval') return;
    sum += Math.hypot(offset[2 * k]!, offset[2 * k + 1]!);
    count++;
  });
  return sum / count;
}

/**
 * Seals the lips of a closed mouth, or separates lips that cross in an open one. In place.
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
