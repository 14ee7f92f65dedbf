/**
 * @file FaceModel: the statistical head model in models/face-model.safetensors, made by training/face_model.py from
 * ICT-FaceKit Light (MIT; Li et al., CVPR 2020). Canonical space, unit 1 IOD (src/core/motion-latent.ts).
 *
 *   vertices = neutral + sum_i identity_i identities_i + sum_e expression_e expressions_e
 *
 * Modes stay as stored, int8 with one scale per mode: the expressions take 3.3 MB instead of 13, and the GPU reads this
 * format directly.
 */

import { TalkingPortraitError } from '../errors';
import type { ModelLoader } from './model-loader';
import { expectTensor, parseSafetensors, type SafetensorsFile, toFloat32 } from './safetensors';

/** Linear displacement modes: a unit of mode m moves coordinate k by scale[m] * quantised[m * 3 V + k]. */
export type FaceModes = {
  count: number;
  /** i8[count x V x 3]. */
  quantised: Int8Array;
  /** f32[count]. */
  scale: Float32Array;
};

/** Positions of landmarks of the MediaPipe face mesh on the model. */
export type LandmarkAnchors = {
  count: number;
  /** u32[count]: index of the landmark, 0 ... 467. */
  index: Uint32Array;
  /** u32[count x 3] and f32[count x 3]: the three vertices around the landmark and their barycentric weights. */
  vertex: Uint32Array;
  weight: Float32Array;
  /** f32[count]: how well the position is defined; 2 on lips and lids, down to .15 on smooth skin. */
  trust: Float32Array;
  /** Per landmark: 'eyeL', 'eyeR', 'lipInLo', 'lipInUp', 'lipOutLo', 'lipOutUp', 'oval' or 'surf'. */
  kind: string[];
};

/** Paths of vertices along the edges of mouth and eyes. */
type FaceRings = {
  /** From the mouth corner at the picture's left (the person's right) to the other one. */
  lipInnerUpper: Uint32Array;
  /** The way back, from the corner at the picture's right. Upper and lower path share the corner vertices. */
  lipInnerLower: Uint32Array;
  lipOuterUpper: Uint32Array;
  lipOuterLower: Uint32Array;
  /** Closed loops; the first vertex is repeated at the end. */
  eyeRight: Uint32Array;
  eyeLeft: Uint32Array;
};

const PART_NAMES = ['face', 'head_and_neck', 'mouth_socket', 'gums_and_tongue', 'teeth'] as const;
type FacePartName = (typeof PART_NAMES)[number];
/** Half-open ranges of vertices and triangles. */
export type FacePart = { vertices: [number, number]; triangles: [number, number] };

/** The narrow face area of ICT-FaceKit is its first vertices: brow to chin, without ears and neck. */
export const NARROW_FACE_VERTICES = 6706;

export type FaceModel = {
  vertexCount: number;
  /** f32[V x 3]. */
  neutral: Float32Array;
  /** u32[T x 3]. */
  triangles: Uint32Array;
  parts: Record<FacePartName, FacePart>;
  /** ARKit's names, with _L and _R for the person's left and right. */
  expressionNames: string[];
  expressions: FaceModes;
  identities: FaceModes;
  /** u32[21]: the vertices of the implicit keypoints. */
  keypoints: Uint32Array;
  /** f32[E x 63]: expression coefficients from keypoint offsets (ridge regression). */
  keypointsToExpressions: Float32Array;
  /** f32[63 x E]: keypoint offsets from expression coefficients. */
  expressionsToKeypoints: Float32Array;
  landmarks: LandmarkAnchors;
  rings: FaceRings;
  /** Length of the canonical unit, 1 IOD, in centimetres. */
  iodCm: number;
};

function corrupt(what: string, value?: string | number): TalkingPortraitError {
  return new TalkingPortraitError(
    'weights-corrupt',
    `The face model file is invalid: ${what}.`,
    'Rebuild it with training/face_model.py.',
    value,
  );
}

function readJson(file: SafetensorsFile, key: string): unknown {
  try {
    return JSON.parse(file.metadata[key] ?? '');
  } catch {
    throw corrupt('a metadata value is not JSON', key);
  }
}

function readStrings(file: SafetensorsFile, key: string): string[] {
  const value = readJson(file, key);
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw corrupt('a metadata value is not a list of names', key);
  return value;
}

function readParts(file: SafetensorsFile, vertexCount: number, triangleCount: number): Record<FacePartName, FacePart> {
  const value = readJson(file, 'parts') as Partial<Record<string, FacePart>> | null;
  const isRange = (range: unknown, end: number): boolean =>
    Array.isArray(range) &&
    range.length === 2 &&
    range.every(Number.isInteger) &&
    range[0] >= 0 &&
    range[0] < range[1] &&
    range[1] <= end;
  const parts: Partial<Record<FacePartName, FacePart>> = {};
  for (const name of PART_NAMES) {
    const part = value?.[name];
    if (!part || !isRange(part.vertices, vertexCount) || !isRange(part.triangles, triangleCount))
      throw corrupt('a part is missing or out of range', name);
    parts[name] = { vertices: part.vertices, triangles: part.triangles };
  }
  return parts as Record<FacePartName, FacePart>;
}

function readIndices(file: SafetensorsFile, name: string, shape: number[], limit: number): Uint32Array {
  const data = expectTensor(file, name, ['U32'], shape).data as Uint32Array;
  for (const index of data) if (index >= limit) throw corrupt('an index is out of range', name);
  return data;
}

function readFloats(file: SafetensorsFile, name: string, shape: number[]): Float32Array {
  const data = toFloat32(expectTensor(file, name, ['F32', 'F16'], shape));
  if (!data.every(Number.isFinite)) throw corrupt('a number is not finite', name);
  return data;
}

function readModes(file: SafetensorsFile, name: string, vertexCount: number): FaceModes {
  const tensor = expectTensor(file, name, ['I8'], [-1, vertexCount, 3]);
  const count = tensor.shape[0]!;
  return { count, quantised: tensor.data as Int8Array, scale: readFloats(file, `${name}_scale`, [count]) };
}

/**
 * Reads and checks a face model.
 *
 * @param bytes the whole file
 * @throws TalkingPortraitError `weights-corrupt`
 */
export function parseFaceModel(bytes: ArrayBuffer): FaceModel {
  const file = parseSafetensors(bytes);
  const neutral = readFloats(file, 'neutral', [-1, 3]);
  const vertexCount = neutral.length / 3;
  const triangles = readIndices(file, 'triangles', [-1, 3], vertexCount);
  const expressionNames = readStrings(file, 'expression_names');
  const expressions = readModes(file, 'expressions', vertexCount);
  if (expressions.count !== expressionNames.length)
    throw corrupt('the numbers of expressions and of their names differ', expressions.count);
  const landmarkKinds = readStrings(file, 'landmark_kinds');
  const landmarkKind = readIndices(file, 'landmark_kind', [-1], landmarkKinds.length);
  const landmarkCount = landmarkKind.length;
  const ring = (name: string): Uint32Array => readIndices(file, `ring_${name}`, [-1], vertexCount);
  const iodCm = Number(file.metadata['iod_cm']);
  if (!(iodCm > 0)) throw corrupt('iod_cm is not a positive number', file.metadata['iod_cm'] ?? '');
  return {
    vertexCount,
    neutral,
    triangles,
    parts: readParts(file, vertexCount, triangles.length / 3),
    expressionNames,
    expressions,
    identities: readModes(file, 'identities', vertexCount),
    keypoints: readIndices(file, 'keypoints', [21], vertexCount),
    keypointsToExpressions: readFloats(file, 'keypoints_to_expressions', [expressions.count, 63]),
    expressionsToKeypoints: readFloats(file, 'expressions_to_keypoints', [63, expressions.count]),
    landmarks: {
      count: landmarkCount,
      index: readIndices(file, 'landmark_index', [landmarkCount], 468),
      vertex: readIndices(file, 'landmark_vertex', [landmarkCount, 3], vertexCount),
      weight: readFloats(file, 'landmark_weight', [landmarkCount, 3]),
      trust: readFloats(file, 'landmark_trust', [landmarkCount]),
      kind: Array.from(landmarkKind, (k) => landmarkKinds[k]!),
    },
    rings: {
      lipInnerUpper: ring('lipInUp'),
      lipInnerLower: ring('lipInLo'),
      lipOuterUpper: ring('lipOutUp'),
      lipOuterLower: ring('lipOutLo'),
      eyeRight: ring('eyeR'),
      eyeLeft: ring('eyeL'),
    },
    iodCm,
  };
}

/** Loads face-model.safetensors. @throws TalkingPortraitError any of the loader, or `weights-corrupt` */
export async function loadFaceModel(loader: ModelLoader): Promise<FaceModel> {
  return parseFaceModel(await loader.load('face-model.safetensors'));
}

/** Index of an expression. @throws TalkingPortraitError `weights-corrupt` if the model has none of that name */
export function expressionIndex(model: FaceModel, name: string): number {
  const index = model.expressionNames.indexOf(name);
  if (index < 0) throw corrupt('an expression is missing', name);
  return index;
}

/** out += sum_m coefficients[m] mode_m. @param out f32[V x 3], changed in place @param coefficients f32[count] */
export function addModes(out: Float32Array, modes: FaceModes, coefficients: ArrayLike<number>): void {
  const size = out.length;
  for (let m = 0; m < modes.count; m++) {
    const factor = (coefficients[m] ?? 0) * modes.scale[m]!;
    if (factor === 0) continue;
    const start = m * size;
    for (let k = 0; k < size; k++) out[k] = out[k]! + factor * modes.quantised[start + k]!;
  }
}

/** Vertices with an expression added. @param base f32[V x 3] @param expression f32[E] @returns f32[V x 3] */
export function withExpression(model: FaceModel, base: Float32Array, expression: ArrayLike<number>): Float32Array {
  const out = base.slice();
  addModes(out, model.expressions, expression);
  return out;
}

/** The triangles of a range, as a view. @param triangles u32[T x 3] @param range first triangle and end */
export function partTriangles(triangles: Uint32Array, range: readonly [number, number]): Uint32Array {
  return triangles.subarray(3 * range[0], 3 * range[1]);
}
