/**
 * @file Finds foreground that the matte missed, mostly clothes and hair: pixels near the outline whose colour matches
 * the person but not the background.
 *
 * In front of an even background, such a pixel differs from the background by much more than the background varies, has
 * a colour that the person has nearby, and is connected to the person. In front of an uneven background nothing is
 * found, because colours are not a reliable cue there.
 */

import type { RgbaImage } from '../../../core/rgba-image';
import { cellMeans, type CellMeans, localDeviation } from './cell-means';
import { RowSampler } from './row-sampler';
import { chamferDistance, pushPull } from '../../../core/smooth';

/** Side of the coarse grid's cells, px. */
const CELL_PX = 4;
/** Opacity (0 ... 255) from which a pixel certainly belongs to the person, and up to which it counts as background. */
export const SURE_PERSON = 250;
export const SURE_BACKGROUND = 5;
/**
 * Pixels are searched up to the first distance from the person; colours of the background are taken beyond the second.
 * IOD
 */
const REACH_IOD = [0.2, 0.24] as const;
/** Colours of the person are compared within this distance of a pixel. IOD */
const PALETTE_IOD = 0.3;
/** Only every second cell is compared, because neighbours are similar. */
const PALETTE_STEP = 2;
/** Noise of the background: its standard deviation over this distance (IOD), at least LEAST_NOISE (0 ... 255). */
const NOISE_IOD = 0.25;
const LEAST_NOISE = 9;
/** With more noise than this, a background is not even. */
const MOST_NOISE = 15;
/** A pixel that differs from the background by this multiple of the noise does not belong to it. */
const NOISE_FACTOR = 3;
/** Its distance from the nearest colour of the person must be less than this fraction of that from the background. */
const LIKENESS = 0.5;

/**
 * @param alpha u8[height x width], 255 = person
 * @param pixelsPerIod of the photo
 * @returns u8[height x width]: 1 for missed foreground
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
  const candidates = new Uint8Array(width * height);
  if (!sure.known.some(Boolean)) return candidates;
  const background = pushPull(sure.colour, sure.known, columns, rows, 3);
  const noise = localDeviation(sure, NOISE_IOD * iod);

  const row = new RowSampler(background, 3, columns, rows, width, [1 / CELL_PX, 1 / CELL_PX]);
  for (let y = 0, k = 0; y < height; y++) {
    row.moveTo(y);
    for (let x = 0; x < width; x++, k++) {
      const cell = Math.floor(y / CELL_PX) * columns + Math.floor(x / CELL_PX);
      if (alpha[k]! > SURE_BACKGROUND || distance[cell]! > REACH_IOD[0] * iod || noise[cell]! > MOST_NOISE) continue;
      let square = 0;
      for (let c = 0; c < 3; c++) square += (data[4 * k + c]! - row.at(x, c)) ** 2;
      const off = Math.sqrt(square);
      if (off < NOISE_FACTOR * Math.max(LEAST_NOISE, noise[cell]!)) continue;
      const match = nearestColour(person, cell, Math.round(PALETTE_IOD * iod), data, 4 * k);
      if (match < LIKENESS * off) candidates[k] = 1;
    }
  }
  return connectedToPerson(alpha, candidates, width);
}

/** Distance from a pixel's colour to the most similar mean colour of the person within `reach` cells. */
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

/** The candidates that are connected to the person. */
function connectedToPerson(alpha: Uint8ClampedArray, candidates: Uint8Array, width: number): Uint8Array {
  const pending: number[] = [];
  for (let k = 0; k < alpha.length; k++) if (alpha[k]! > SURE_BACKGROUND) pending.push(k);
  const found = new Uint8Array(alpha.length);
  while (pending.length > 0) {
    const k = pending.pop()!;
    for (const next of [k - 1, k + 1, k - width, k + width]) {
      // Outside the picture both are undefined, which is skipped too.
      if (found[next] !== 0 || candidates[next] !== 1) continue;
      found[next] = 1;
      pending.push(next);
    }
  }
  return found;
}
