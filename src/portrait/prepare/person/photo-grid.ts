/**
 * @file The photo layer: the whole photo on a grid. Hair, ears, neck and shoulders follow the rigid head with a weight
 * per vertex, and the expressions of the face by a precomputed linear basis (grid-expressions.ts), so that photo layer
 * and face layer move alike where they meet.
 */

import { type Polygon, signedDistance } from '../../../core/polygon';
import type { RgbaImage, PersonMatte } from '../../../core/rgba-image';
import { chamferDistance, gaussianBlur, smoothstep } from '../../../core/smooth';
import { unproject } from '../../../portrait-bundle/pose';
import type { PhotoGrid } from '../../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../../weights/face-model';
import type { FaceFit } from '../../fit/face-fit';
import type { PosedFace } from '../face/posed-face';
import { gridDepth } from './grid-depth';
import { expressionBasis } from './grid-expressions';

const COLUMNS = 57;
const ROWS = 57;
/**
 * Rigid weight: 1 up to the first distance outside the face contour, 0 from the second; above the eyes and at the chin.
 * IOD
 */
const RIGID_ABOVE = [0.9, 2.2] as const;
const RIGID_CHIN = [0.015, 0.93] as const;
/** Without a matte the background above the head moves with it, so the weight falls off sooner. */
const RIGID_ABOVE_NO_MATTE = [0.62, 1.72] as const;
/** Rigid weight of the shoulders. */
const SHOULDERS_FOLLOW = 0.1;
/**
 * At a side of the picture that cuts the person, or is at most AT_BORDER_IOD from it, weights rise from 0 over
 * BORDER_IOD.
 */
const BORDER_IOD = 0.42;
const AT_BORDER_IOD = 0.12;
/**
 * Around the person the grid moves with it up to the first distance, because a rim of the photo moves along
 * (foreground.ts), and does not move from the second. The photo layer is transparent in between, but if the motion (.3
 * IOD in a nod) ended over a shorter distance, the grid would fold over the rim. IOD
 */
const BACKGROUND_REACH_IOD = [0.2, 0.75] as const;

/**
 * Prepares the grid.
 *
 * @param oval contour of the face, px
 * @param alpha f32[face vertices] of the face layer
 * @param matte null: the background may move with the person
 */
export function preparePhotoGrid(
  model: FaceModel,
  fit: FaceFit,
  posed: PosedFace,
  photo: RgbaImage,
  oval: Polygon,
  alpha: Float32Array,
  matte: PersonMatte | null,
): PhotoGrid {
  const count = COLUMNS * ROWS;
  const at = (i: number, j: number): [number, number] => [
    (i * photo.width) / (COLUMNS - 1),
    (j * photo.height) / (ROWS - 1),
  ];
  const distance = new Float32Array(count);
  const cell = photo.width / (COLUMNS - 1) / fit.pose.scale;
  const away = personDistance(matte, cell);
  const person = away.map((d) => 1 - smoothstep(...BACKGROUND_REACH_IOD, d));
  gaussianBlur(person, COLUMNS, ROWS, 1, 1);
  const border = cutDistance(away, cell);
  const rigid = new Float32Array(count);
  const above = matte ? RIGID_ABOVE : RIGID_ABOVE_NO_MATTE;
  const up = headAxis(fit);
  const eyeHeight = up(...meanPixel(posed, [...model.rings.eyeLeft, ...model.rings.eyeRight]));
  const chinHeight = Math.min(...ovalHeights(oval, up));
  for (let j = 0, k = 0; j < ROWS; j++) {
    for (let i = 0; i < COLUMNS; i++, k++) {
      const [x, y] = at(i, j);
      const d = signedDistance(oval, x, y) / fit.pose.scale;
      distance[k] = d;
      const low = smoothstep(eyeHeight, chinHeight, up(x, y));
      const from = above[0] * (1 - low) + RIGID_CHIN[0] * low;
      const to = above[1] * (1 - low) + RIGID_CHIN[1] * low;
      const least = SHOULDERS_FOLLOW * low;
      rigid[k] = (1 - (1 - least) * smoothstep(from, to, d)) * smoothstep(0, BORDER_IOD, border[k]!) * person[k]!;
    }
  }

  const depth = gridDepth(model, posed, photo, distance, COLUMNS, ROWS);
  const canonical = new Float32Array(3 * count);
  for (let j = 0, k = 0; j < ROWS; j++)
    for (let i = 0; i < COLUMNS; i++, k++) canonical.set(unproject(fit.pose, ...at(i, j), depth[k]!), 3 * k);

  const { expressions, basis } = expressionBasis(model, posed, photo, distance, alpha, person, COLUMNS, ROWS);
  return { columns: COLUMNS, rows: ROWS, canonical, rigid, expressions, basis };
}

/** Height of a pixel above the neck joint, along the head's vertical axis in the picture, IOD. */
function headAxis(fit: FaceFit): (x: number, y: number) => number {
  const r = fit.pose.rotation;
  const [ux, uy] = [-r[3]!, -r[4]!];
  const length = Math.hypot(ux, uy) * fit.pose.scale;
  return (x, y) => ((x - fit.pose.translation[0]) * ux + (y - fit.pose.translation[1]) * uy) / length;
}

function ovalHeights(oval: Polygon, up: (x: number, y: number) => number): number[] {
  return Array.from({ length: oval.length / 2 }, (_, i) => up(oval[2 * i]!, oval[2 * i + 1]!));
}

function meanPixel(posed: PosedFace, vertices: number[]): [number, number] {
  let [x, y] = [0, 0];
  for (const v of vertices) {
    x += posed.pixels[2 * v]! / vertices.length;
    y += posed.pixels[2 * v + 1]! / vertices.length;
  }
  return [x, y];
}

/**
 * Distance of every grid vertex from the person, IOD; 0 everywhere without a matte.
 *
 * @param cell side of a grid cell, IOD
 */
function personDistance(matte: PersonMatte | null, cell: number): Float32Array {
  const distance = new Float32Array(COLUMNS * ROWS);
  if (!matte) return distance;
  for (let j = 0, k = 0; j < ROWS; j++) {
    for (let i = 0; i < COLUMNS; i++, k++) {
      const x = Math.min(matte.width - 1, Math.round((i * matte.width) / (COLUMNS - 1)));
      const y = Math.min(matte.height - 1, Math.round((j * matte.height) / (ROWS - 1)));
      distance[k] = matte.data[y * matte.width + x]! > 0.3 ? 0 : Infinity;
    }
  }
  chamferDistance(distance, COLUMNS, ROWS);
  return distance.map((d) => Math.max(0, d - 1) * cell);
}

/**
 * Distance from the nearest side of the picture that cuts the person, IOD.
 *
 * @param away distances from the person, IOD
 */
function cutDistance(away: Float32Array, cell: number): Float32Array {
  const sides = [
    (i: number) => i,
    (i: number) => COLUMNS - 1 - i,
    (_: number, j: number) => j,
    (_: number, j: number) => ROWS - 1 - j,
  ].filter((side) => away.some((d, k) => side(k % COLUMNS, Math.floor(k / COLUMNS)) === 0 && d < AT_BORDER_IOD));
  return away.map((_, k) => cell * Math.min(...sides.map((side) => side(k % COLUMNS, Math.floor(k / COLUMNS)))));
}
