/**
 * @file Photo = person over background: the colours of both at every pixel, so that the person can stand before another
 * background without a rim of the old one, and the old one is there behind the person when the head moves.
 *
 * With the outline's opacity a, the photo I = a F + (1 - a) B. F and B are first what push-pull makes of the pixels that are
 * surely one or the other, on a coarse grid; the difference to the photo that remains is shared out by least squares, so that
 * F over B is the photo again (Forte, "Approximate Fast Foreground Colour Estimation", 2021, eq. 4 without its blurs):
 *
 *   F += a d / (a^2 + (1 - a)^2),   B += (1 - a) d / (a^2 + (1 - a)^2),   d = I - a F - (1 - a) B
 */

import type { RgbaImage } from '../portrait-bundle.ts';
import { pushPull } from './smooth.ts';

/** Side of the coarse grid's cells, px. */
const CELL_PX = 4;
/** Opacity (0 ... 255) from which, and below which, a pixel's colour is surely the person's, or the background's. */
const SURE_PERSON = 250;
const SURE_BACKGROUND = 5;

export type SplitPhoto = {
  /** Colour of the person, alpha = opacity; the photo's own colour where that is 255. */
  person: RgbaImage;
  /** Opaque; the photo where the person's opacity is 0. */
  background: RgbaImage;
};

/**
 * @param photo opaque
 * @param alpha u8[height x width], 255 = person
 */
export function splitPhoto(photo: RgbaImage, alpha: Uint8ClampedArray): SplitPhoto {
  const { width, height } = photo;
  const [columns, rows] = [Math.ceil(width / CELL_PX), Math.ceil(height / CELL_PX)];
  const coarsePerson = coarseColours(photo, columns, rows, (k) => alpha[k]! >= SURE_PERSON);
  const coarseBackground = coarseColours(photo, columns, rows, (k) => alpha[k]! <= SURE_BACKGROUND);
  const person: RgbaImage = { width, height, data: new Uint8ClampedArray(photo.data) };
  const background: RgbaImage = { width, height, data: new Uint8ClampedArray(photo.data) };
  const [f, b] = [new Float32Array(3), new Float32Array(3)];
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const a = alpha[k]! / 255;
      const o = 4 * k;
      person.data[o + 3] = alpha[k]!;
      if (a < 1) sample(coarsePerson, columns, rows, x, y, f);
      if (a > 0) sample(coarseBackground, columns, rows, x, y, b);
      const share = 1 / (a * a + (1 - a) * (1 - a));
      for (let c = 0; c < 3; c++) {
        if (a === 1) {
          background.data[o + c] = b[c]!;
        } else if (a === 0) {
          person.data[o + c] = f[c]!;
        } else {
          const rest = photo.data[o + c]! - a * f[c]! - (1 - a) * b[c]!;
          person.data[o + c] = f[c]! + a * rest * share;
          background.data[o + c] = b[c]! + (1 - a) * rest * share;
        }
      }
    }
  }
  return { person, background };
}

/** f32[rows x columns x 3]: mean of the pixels that `sure` takes, filled in where a cell has none. */
function coarseColours(
  { width, height, data }: RgbaImage,
  columns: number,
  rows: number,
  sure: (pixel: number) => boolean,
): Float32Array {
  const sum = new Float32Array(3 * columns * rows);
  const count = new Float32Array(columns * rows);
  for (let y = 0, k = 0; y < height; y++) {
    const row = Math.floor(y / CELL_PX) * columns;
    for (let x = 0; x < width; x++, k++) {
      if (!sure(k)) continue;
      const cell = row + Math.floor(x / CELL_PX);
      count[cell]!++;
      for (let c = 0; c < 3; c++) sum[3 * cell + c]! += data[4 * k + c]!;
    }
  }
  for (let cell = 0; cell < count.length; cell++) {
    if (count[cell] === 0) continue;
    for (let c = 0; c < 3; c++) sum[3 * cell + c]! /= count[cell]!;
    count[cell] = 1;
  }
  return pushPull(sum, count, columns, rows, 3);
}

/** Bilinear, at the middle of pixel (x, y). */
function sample(coarse: Float32Array, columns: number, rows: number, x: number, y: number, out: Float32Array): void {
  const sx = Math.min(columns - 1, Math.max(0, (x + 0.5) / CELL_PX - 0.5));
  const sy = Math.min(rows - 1, Math.max(0, (y + 0.5) / CELL_PX - 0.5));
  const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
  const [fx, fy] = [sx - x0, sy - y0];
  const [x1, y1] = [Math.min(columns - 1, x0 + 1), Math.min(rows - 1, y0 + 1)];
  for (let c = 0; c < 3; c++) {
    const top = coarse[3 * (y0 * columns + x0) + c]! * (1 - fx) + coarse[3 * (y0 * columns + x1) + c]! * fx;
    const bottom = coarse[3 * (y1 * columns + x0) + c]! * (1 - fx) + coarse[3 * (y1 * columns + x1) + c]! * fx;
    out[c] = top * (1 - fy) + bottom * fy;
  }
}
