/**
 * @file What the matte has left out: pixels beside the outline that the background does not explain and the person does.
 *
 * The network knows persons better than what they wear or how their hair lies. Where the background is even, a pixel beside the
 * person that differs from it by far more than the background differs from itself, and has a colour which the person has near by,
 * is the person's, if it hangs together with it. Before a busy background that cannot be said, and nothing is found.
 */

import type { RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { cellMeans, type CellMeans, unevenness } from './cell-means';
import { RowSampler } from './row-sampler';
import { chamferDistance, pushPull } from '../../../core/smooth';

/** Side of the coarse grid's cells, px. */
const CELL_PX = 4;
/** Opacity (0 ... 255) from which a pixel is surely the person's, and up to which it may have been left out. */
export const SURE_PERSON = 250;
export const SURE_BACKGROUND = 5;
/** The search goes to the first distance from the outline; what background looks like is known from the second on. IOD */
const REACH_IOD = [0.2, 0.24] as const;
/** Colours of the person are looked for so far round a pixel. IOD */
const PALETTE_IOD = 0.3;
/** Cells from one that is looked at to the next: neighbours are much alike. */
const PALETTE_STEP = 2;
/** The background's noise is its standard deviation over this distance (IOD), and no less than the second (0 ... 255). */
const NOISE_IOD = 0.25;
const LEAST_NOISE = 9;
/** A background with more of it is not even. */
const MOST_NOISE = 15;
/** So many times the noise explain no pixel. */
const UNEXPLAINED = 3;
/** The pixel's distance from the person's colours is less than this part of that from the background. */
const LIKENESS = 0.5;

/**
 * @param alpha u8[height x width], 255 = person
 * @param pixelsPerIod of the photo
 * @returns u8[height x width]: 1 where something of the person was left out
 */
export function findMissedForeground(alpha: Uint8ClampedArray, photo: RgbaImage, pixelsPerIod: number): Uint8Array {
  const { width, height, data } = photo;
  const iod = pixelsPerIod / CELL_PX;
  const person = cellMeans(photo, CELL_PX, (k) => alpha[k]! >= SURE_PERSON);
  const { columns, rows } = person;
  const distance = Float32Array.from(person.known, (known) => (known ? 0 : Infinity));
  chamferDistance(distance, columns, rows);
  const sure = cellMeans(
    photo,
    CELL_PX,
    (k, cell) => alpha[k]! <= SURE_BACKGROUND && distance[cell]! > REACH_IOD[1] * iod,
  );
  const claimed = new Uint8Array(width * height);
  if (!sure.known.some(Boolean)) return claimed;
  const background = pushPull(sure.colour, sure.known, columns, rows, 3);
  const noise = unevenness(sure, NOISE_IOD * iod);

  const row = new RowSampler(background, 3, columns, rows, width, [1 / CELL_PX, 1 / CELL_PX]);
  for (let y = 0, k = 0; y < height; y++) {
    row.moveTo(y);
    for (let x = 0; x < width; x++, k++) {
      const cell = Math.floor(y / CELL_PX) * columns + Math.floor(x / CELL_PX);
      if (alpha[k]! > SURE_BACKGROUND || distance[cell]! > REACH_IOD[0] * iod || noise[cell]! > MOST_NOISE) continue;
      let square = 0;
      for (let c = 0; c < 3; c++) square += (data[4 * k + c]! - row.at(x, c)) ** 2;
      const off = Math.sqrt(square);
      if (off < UNEXPLAINED * Math.max(LEAST_NOISE, noise[cell]!)) continue;
      const own = nearestColour(person, cell, Math.round(PALETTE_IOD * iod), data, 4 * k);
      if (own < LIKENESS * off) claimed[k] = 1;
    }
  }
  return joined(alpha, claimed, width);
}

/** Distance of a pixel's colour from the nearest one that the person has in cells up to `reach` away. */
function nearestColour(
  { columns, rows, colour, known }: CellMeans,
  cell: number,
  reach: number,
  data: Uint8ClampedArray,
  at: number,
): number {
  const [x, y] = [cell % columns, Math.floor(cell / columns)];
  let least = Infinity;
  for (let v = Math.max(0, y - reach); v <= Math.min(rows - 1, y + reach); v += PALETTE_STEP) {
    for (let u = Math.max(0, x - reach); u <= Math.min(columns - 1, x + reach); u += PALETTE_STEP) {
      const other = v * columns + u;
      if (known[other] === 0) continue;
      let square = 0;
      for (let c = 0; c < 3; c++) square += (data[at + c]! - colour[3 * other + c]!) ** 2;
      if (square < least) least = square;
    }
  }
  return Math.sqrt(least);
}

/** Of what is claimed, what hangs together with the person. */
function joined(alpha: Uint8ClampedArray, claimed: Uint8Array, width: number): Uint8Array {
  const waiting: number[] = [];
  for (let k = 0; k < alpha.length; k++) if (alpha[k]! > SURE_BACKGROUND) waiting.push(k);
  const found = new Uint8Array(alpha.length);
  while (waiting.length > 0) {
    const k = waiting.pop()!;
    for (const next of [k - 1, k + 1, k - width, k + width]) {
      if (found[next] !== 0 || claimed[next] !== 1) continue; // undefined beyond the first and last row
      found[next] = 1;
      waiting.push(next);
    }
  }
  return found;
}
