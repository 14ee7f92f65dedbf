/**
 * @file Photo = person over background: the colours of both at every pixel, so that the person can stand before another
 * background without a rim of the old one, and the old one is there behind the person when the head moves.
 *
 * With the outline's opacity a, the photo I = a F + (1 - a) B. F and B are first what push-pull makes of the pixels that are
 * surely one or the other, on a coarse grid; the difference to the photo that remains is shared out by least squares (Forte,
 * "Approximate Fast Foreground Colour Estimation", 2021, eq. 4 without its blurs):
 *
 *   F += a d / (a^2 + (1 - a)^2),   d = I - a F - (1 - a) B
 *
 * Before the photo's own background the outline need not be exact, and must not: hair that the matte has missed would stand
 * still there while the head turns. So the photo has a second, wide opacity w: a rim of background comes along with the
 * person and fades into the background at rest, which is the photo itself wherever w < 1. At rest nothing of it shows.
 */

import type { RgbaImage } from '../portrait-bundle.ts';
import { chamferDistance, gaussianBlur, pushPull, smoothstep } from './smooth.ts';

/** Side of the coarse grid's cells, px. */
const CELL_PX = 4;
/** Opacity (0 ... 255) from which, and below which, a pixel's colour is surely the person's, or the background's. */
const SURE_PERSON = 250;
const SURE_BACKGROUND = 5;
/** Wide opacity: 1 until the first, 0 from the second; outside the person, IOD. */
const RIM_IOD = [0.06, 0.2] as const;
/** Background nearer to the person than this may hold hair: it is no colour to fill in with. Fraction of the rim. */
const RIM_SURE = 0.5;

export type SplitPhoto = {
  /** The photo's own colours; alpha: wide opacity. */
  photo: RgbaImage;
  /** Colour of the person, also where its opacity is low; alpha: opacity. */
  person: RgbaImage;
  /** Opaque; the photo where the wide opacity is below 1, filled in behind the person. */
  background: RgbaImage;
};

/**
 * @param photo opaque
 * @param alpha u8[height x width], opacity, 255 = person
 * @param pixelsPerIod of the photo
 */
export function splitPhoto(photo: RgbaImage, alpha: Uint8ClampedArray, pixelsPerIod: number): SplitPhoto {
  const { width, height } = photo;
  const [columns, rows] = [Math.ceil(width / CELL_PX), Math.ceil(height / CELL_PX)];
  const wide = wideOpacity(alpha, width, height, columns, rows, pixelsPerIod / CELL_PX);
  const cellOf = (k: number): number =>
    Math.floor(Math.floor(k / width) / CELL_PX) * columns + Math.floor((k % width) / CELL_PX);
  const coarsePerson = coarseColours(photo, columns, rows, (k) => alpha[k]! >= SURE_PERSON);
  const coarseBackground = coarseColours(
    photo,
    columns,
    rows,
    (k) => alpha[k]! <= SURE_BACKGROUND && wide[cellOf(k)]! < RIM_SURE,
  );
  const copy = (): RgbaImage => ({ width, height, data: new Uint8ClampedArray(photo.data) });
  const [whole, person, background] = [copy(), copy(), copy()];
  const [f, b, w] = [new Float32Array(3), new Float32Array(3), new Float32Array(1)];
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * k;
      const a = alpha[k]! / 255;
      sample(wide, 1, columns, rows, x, y, w);
      const full = a > 0 || w[0]! > 0.998;
      whole.data[o + 3] = full ? 255 : 255 * w[0]!;
      person.data[o + 3] = alpha[k]!;
      if (full || a > 0) sample(coarseBackground, 3, columns, rows, x, y, b);
      if (full) for (let c = 0; c < 3; c++) background.data[o + c] = b[c]!;
      if (a === 1) continue;
      sample(coarsePerson, 3, columns, rows, x, y, f);
      const share = a / (a * a + (1 - a) * (1 - a));
      for (let c = 0; c < 3; c++) {
        const rest = a > 0 ? photo.data[o + c]! - a * f[c]! - (1 - a) * b[c]! : 0;
        person.data[o + c] = f[c]! + rest * share;
      }
    }
  }
  return { photo: whole, person, background };
}

/** f32[rows x columns], by the distance from the nearest cell with any of the person in it. @param iod cells per IOD */
function wideOpacity(
  alpha: Uint8ClampedArray,
  width: number,
  height: number,
  columns: number,
  rows: number,
  iod: number,
): Float32Array {
  const distance = new Float32Array(columns * rows).fill(Infinity);
  for (let y = 0, k = 0; y < height; y++) {
    const row = Math.floor(y / CELL_PX) * columns;
    for (let x = 0; x < width; x++, k++) if (alpha[k]! > SURE_BACKGROUND) distance[row + Math.floor(x / CELL_PX)] = 0;
  }
  chamferDistance(distance, columns, rows);
  const wide = distance.map((d) => 1 - smoothstep(...RIM_IOD, d / iod));
  gaussianBlur(wide, columns, rows, 1, 1);
  return wide;
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
function sample(
  coarse: Float32Array,
  channels: number,
  columns: number,
  rows: number,
  x: number,
  y: number,
  out: Float32Array,
): void {
  const sx = Math.min(columns - 1, Math.max(0, (x + 0.5) / CELL_PX - 0.5));
  const sy = Math.min(rows - 1, Math.max(0, (y + 0.5) / CELL_PX - 0.5));
  const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
  const [fx, fy] = [sx - x0, sy - y0];
  const [x1, y1] = [Math.min(columns - 1, x0 + 1), Math.min(rows - 1, y0 + 1)];
  for (let c = 0; c < channels; c++) {
    const at = (i: number, j: number): number => coarse[channels * (j * columns + i) + c]!;
    out[c] = (at(x0, y0) * (1 - fx) + at(x1, y0) * fx) * (1 - fy) + (at(x0, y1) * (1 - fx) + at(x1, y1) * fx) * fy;
  }
}
