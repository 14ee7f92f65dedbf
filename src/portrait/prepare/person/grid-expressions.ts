/** @file Displacement of the photo grid by each expression, so that it moves like the face layer where the two meet. */

import type { RgbaImage } from '../../../core/rgba-image';
import { gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';
import type { FaceModel } from '../../../weights/face-model';
import type { PosedFace } from '../face/posed-face';

/** Expressions fade out over this distance outside the contour. */
const EXPRESSION_REACH_IOD = 0.33;
/**
 * Only the face layer moves with the lids, because the photo layer contains the eyeballs: distance from the lids'
 * edges.
 */
const LID_FREE_CM = [0.3, 1.0] as const;
const BASIS_BLUR_CELLS = 0.8;
/** Further inside the contour than this, the face layer hides the photo layer. */
const OPAQUE_INSIDE_IOD = -0.2;
/** Expressions that move nothing outside of that by more than this are dropped. */
const NEGLIGIBLE_IOD = 0.002;

/**
 * The displacement fields of all expressions that matter, interpolated from the vertices of the face layer.
 *
 * @param distance f32[rows x columns], signed distance from the contour of the face, IOD
 * @param alpha f32[face vertices] of the face layer
 * @param person f32[rows x columns], 0 ... 1: how much the grid may move
 * @returns `expressions` and `basis` of PhotoGrid
 */
export function expressionBasis(
  model: FaceModel,
  posed: PosedFace,
  photo: RgbaImage,
  distance: Float32Array,
  alpha: Float32Array,
  person: Float32Array,
  columns: number,
  rows: number,
): { expressions: Uint32Array; basis: Float32Array } {
  const count = columns * rows;
  // Bilinear splatting: the grid cells of every vertex and its share in each.
  const vertices: number[] = [];
  const cells: number[] = [];
  const shares: number[] = [];
  const weight = new Float32Array(count);
  for (let v = 0; v < alpha.length; v++) {
    if (alpha[v]! < 0.05 || !posed.seen[v]) continue;
    const w = alpha[v]! * smoothstep(LID_FREE_CM[0], LID_FREE_CM[1], posed.lidDistance[v]! * model.iodCm);
    const x = (posed.pixels[2 * v]! / photo.width) * (columns - 1);
    const y = (posed.pixels[2 * v + 1]! / photo.height) * (rows - 1);
    const [i, j] = [Math.floor(x), Math.floor(y)];
    if (w <= 0 || i < 0 || j < 0 || i >= columns - 1 || j >= rows - 1) continue;
    const [fx, fy] = [x - i, y - j];
    for (const [di, dj, share] of [
      [0, 0, (1 - fx) * (1 - fy)],
      [1, 0, fx * (1 - fy)],
      [0, 1, (1 - fx) * fy],
      [1, 1, fx * fy],
    ] as const) {
      vertices.push(v);
      cells.push((j + dj) * columns + i + di);
      shares.push(w * share);
      weight[(j + dj) * columns + i + di] = weight[(j + dj) * columns + i + di]! + w * share;
    }
  }
  const reach = distance.map((d, k) => Math.exp(-((Math.max(0, d) / EXPRESSION_REACH_IOD) ** 2)) * person[k]!);
  // All expressions are channels of one field, so that interpolation and blur compute their weights only once.
  const { count: modes, quantised } = model.expressions;
  const sum = new Float32Array(count * 2 * modes);
  const own = new Float32Array(2 * count); // of one expression; small enough to stay in the processor's cache
  for (let e = 0; e < modes; e++) {
    const start = e * 3 * model.vertexCount;
    const scale = model.expressions.scale[e]!;
    for (let n = 0; n < vertices.length; n++) {
      const from = start + 3 * vertices[n]!;
      const to = 2 * cells[n]!;
      own[to] = own[to]! + shares[n]! * scale * quantised[from]!;
      own[to + 1] = own[to + 1]! + shares[n]! * scale * quantised[from + 1]!;
    }
    for (let k = 0; k < count; k++) {
      sum[2 * (k * modes + e)] = own[2 * k]!;
      sum[2 * (k * modes + e) + 1] = own[2 * k + 1]!;
    }
    own.fill(0);
  }
  const field = pushPull(sum, weight, columns, rows, 2 * modes);
  for (let k = 0, o = 0; k < count; k++) for (let c = 0; c < 2 * modes; c++, o++) field[o] = field[o]! * reach[k]!;
  gaussianBlur(field, columns, rows, 2 * modes, BASIS_BLUR_CELLS);
  const largest = new Float32Array(modes);
  for (let k = 0, o = 0; k < count; k++) {
    for (let e = 0; e < modes; e++, o += 2) {
      if (distance[k]! <= OPAQUE_INSIDE_IOD) continue;
      const square = field[o]! ** 2 + field[o + 1]! ** 2;
      if (square > largest[e]!) largest[e] = square;
    }
  }
  const kept = [...largest.keys()].filter((e) => largest[e]! >= NEGLIGIBLE_IOD ** 2);
  const basis = new Float32Array(kept.length * 2 * count);
  kept.forEach((e, n) => {
    for (let k = 0; k < count; k++) {
      const [from, to] = [2 * (k * modes + e), 2 * (n * count + k)];
      basis[to] = field[from]!;
      basis[to + 1] = field[from + 1]!;
    }
  });
  return { expressions: Uint32Array.from(kept), basis };
}
