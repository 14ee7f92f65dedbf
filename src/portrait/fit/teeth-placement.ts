/**
 * @file Puts teeth, gums, tongue and mouth socket behind the fitted lips. Landmarks do not see them, so they follow the
 * mean residual of the lip next to them, and then the upper incisors are set where people show them.
 */

import { expressionIndex, type FaceModel } from '../../weights/face-model';

/**
 * Edge of the upper incisors below the middle of the upper lip, mouth relaxed: women show .34 cm, men .19, the old next to nothing
 * (Vig & Brundo, "The kinetics of anterior tooth display", 1978). Teeth that end lower fill every small opening with white.
 */
const INCISAL_BELOW_LIP_CM = 0.2;
/** Incisors behind the lip. */
const INCISAL_BEHIND_LIP_CM = 0.35;
const MAX_SHIFT_CM = 0.7;
/** Upper front teeth lie within this of the middle. */
const INCISOR_HALF_WIDTH_CM = 0.85;

/** Vertices of the mouth's inside: [first, end). */
function mouthRange(model: FaceModel): [number, number] {
  return [model.parts.mouth_socket.vertices[0], model.parts.teeth.vertices[1]];
}

/** How far each vertex follows the lower jaw, 0 ... 1: its motion by jawOpen, relative to the lower incisors'. f32[V]. */
export function jawShare(model: FaceModel): Float32Array {
  const e = expressionIndex(model, 'jawOpen');
  const modes = model.expressions.quantised;
  const start = e * 3 * model.vertexCount;
  const share = new Float32Array(model.vertexCount);
  const [a, b] = model.parts.teeth.vertices;
  let largest = 1;
  for (let v = 0; v < share.length; v++) {
    share[v] = Math.hypot(modes[start + 3 * v]!, modes[start + 3 * v + 1]!, modes[start + 3 * v + 2]!);
    if (v >= a && v < b) largest = Math.max(largest, share[v]!);
  }
  return share.map((s) => Math.min(1, s / largest));
}

/**
 * Moves the inside of the mouth, in place.
 *
 * @param vertices f32[V x 3], canonical, without expression; skin with its residual, the mouth's inside without
 * @param residual f32[V x 3]: what the residual added to the skin
 */
export function placeTeeth(model: FaceModel, vertices: Float32Array, residual: Float32Array): void {
  const [first, end] = mouthRange(model);
  const jaw = jawShare(model);
  const meanOf = (ring: Uint32Array): [number, number, number] => {
    const sum: [number, number, number] = [0, 0, 0];
    for (const v of ring) for (let k = 0; k < 3; k++) sum[k] = sum[k]! + residual[3 * v + k]! / ring.length;
    return sum;
  };
  const upper = meanOf(model.rings.lipInnerUpper);
  const lower = meanOf(model.rings.lipInnerLower);

  // The socket's rim belongs to the face: it keeps its place there, so the shift fades out towards the lips.
  const lip = model.rings.lipInnerUpper[model.rings.lipInnerUpper.length >> 1]!;
  let [edgeY, edgeZ] = [-Infinity, Infinity];
  for (let v = model.parts.teeth.vertices[0]; v < model.parts.teeth.vertices[1]; v++) {
    if (jaw[v]! > 0.1 || Math.abs(vertices[3 * v]! - vertices[3 * lip]!) > INCISOR_HALF_WIDTH_CM / model.iodCm)
      continue;
    edgeY = Math.max(edgeY, vertices[3 * v + 1]! + upper[1]);
    edgeZ = Math.min(edgeZ, vertices[3 * v + 2]! + upper[2]);
  }
  const limit = MAX_SHIFT_CM / model.iodCm;
  const clamp = (x: number): number => Math.max(-limit, Math.min(limit, x));
  const shiftY = clamp(vertices[3 * lip + 1]! + INCISAL_BELOW_LIP_CM / model.iodCm - edgeY);
  const shiftZ = clamp(vertices[3 * lip + 2]! + INCISAL_BEHIND_LIP_CM / model.iodCm - edgeZ);
  for (let v = first; v < end; v++) {
    const j = jaw[v]!;
    for (let k = 0; k < 3; k++) vertices[3 * v + k] = vertices[3 * v + k]! + upper[k]! * (1 - j) + lower[k]! * j;
    vertices[3 * v + 1] = vertices[3 * v + 1]! + shiftY;
    vertices[3 * v + 2] = vertices[3 * v + 2]! + shiftZ;
  }
}
