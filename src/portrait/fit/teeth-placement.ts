/**
 * @file Places teeth, gums, tongue and mouth socket behind the fitted lips. There are no landmarks on them. They move
 * by the mean residual of the upper or lower lip; then all are shifted so that the upper incisors are as visible as
 * usual.
 */

import { expressionIndex, type FaceModel } from '../../weights/face-model';

/**
 * How far the upper incisors extend below the middle of the relaxed upper lip. Women show .34 cm, men .19 cm, old
 * people hardly anything (Vig & Brundo, "The kinetics of anterior tooth display", 1978). Teeth that extend further fill
 * every small opening with white.
 */
const INCISAL_BELOW_LIP_CM = 0.2;
/** Distance of the incisors behind the lip. */
const INCISAL_BEHIND_LIP_CM = 0.35;
const MAX_SHIFT_CM = 0.7;
/** Upper teeth within this distance of the middle are incisors. */
const INCISOR_HALF_WIDTH_CM = 0.85;

/**
 * How far each vertex follows the lower jaw, 0 ... 1: its motion by jawOpen, relative to the largest of the teeth.
 * f32[V].
 */
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
 * Moves the mouth interior, in place.
 *
 * @param vertices f32[V x 3], canonical, without expression; skin with its residual, the mouth interior without
 * @param residual f32[V x 3], of the skin
 */
export function placeTeeth(model: FaceModel, vertices: Float32Array, residual: Float32Array): void {
  const { mouth_socket: socket, teeth } = model.parts;
  const jaw = jawShare(model);
  const meanOf = (ring: Uint32Array): [number, number, number] => {
    const sum: [number, number, number] = [0, 0, 0];
    for (const v of ring) for (let k = 0; k < 3; k++) sum[k] = sum[k]! + residual[3 * v + k]! / ring.length;
    return sum;
  };
  const upper = meanOf(model.rings.lipInnerUpper);
  const lower = meanOf(model.rings.lipInnerLower);

  const lip = model.rings.lipInnerUpper[model.rings.lipInnerUpper.length >> 1]!;
  let [edgeY, edgeZ] = [-Infinity, Infinity];
  for (let v = teeth.vertices[0]; v < teeth.vertices[1]; v++) {
    if (jaw[v]! > 0.1 || Math.abs(vertices[3 * v]! - vertices[3 * lip]!) > INCISOR_HALF_WIDTH_CM / model.iodCm)
      continue;
    edgeY = Math.max(edgeY, vertices[3 * v + 1]! + upper[1]);
    edgeZ = Math.min(edgeZ, vertices[3 * v + 2]! + upper[2]);
  }
  const limit = MAX_SHIFT_CM / model.iodCm;
  const clamp = (x: number): number => Math.max(-limit, Math.min(limit, x));
  const shiftY = clamp(vertices[3 * lip + 1]! + INCISAL_BELOW_LIP_CM / model.iodCm - edgeY);
  const shiftZ = clamp(vertices[3 * lip + 2]! + INCISAL_BEHIND_LIP_CM / model.iodCm - edgeZ);
  for (let v = socket.vertices[0]; v < teeth.vertices[1]; v++) {
    const j = jaw[v]!;
    for (let k = 0; k < 3; k++) vertices[3 * v + k] = vertices[3 * v + k]! + upper[k]! * (1 - j) + lower[k]! * j;
    vertices[3 * v + 1] = vertices[3 * v + 1]! + shiftY;
    vertices[3 * v + 2] = vertices[3 * v + 2]! + shiftZ;
  }
}
