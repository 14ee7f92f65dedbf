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
 * Behind the person the background goes on with patches of what is beside it (background-fill.ts): a turned head uncovers it.
 *
 * Before the photo's own background the outline need not be exact, and must not: hair that the matte has missed would stand
 * still there while the head turns. So the photo has a second, wide opacity w: a rim of background comes along with the
 * person and fades into the background at rest, which is the photo itself wherever w < 1. At rest nothing of it shows.
 */

import type { RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { fillFromPatches, KNOWN } from './background-fill';
import { cellMeans } from './cell-means';
import { findMissedForeground, SURE_BACKGROUND, SURE_PERSON } from './missed-foreground';
import { RowSampler } from './row-sampler';
import { chamferDistance, gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';

/** Side of the coarse grid's cells, px. */
const CELL_PX = 4;
/** Wide opacity: 1 until the first, 0 from the second; outside the person and what was left out of it (missed-foreground.ts), IOD. */
const RIM_IOD = [0.08, 0.22] as const;
/** Wide opacity that is rounded up: what the filled background differs there from the photo, no eye sees by a thirtieth. */
const AS_GOOD_AS_ONE = 0.97;
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
  const wide = wideOpacity(
    alpha,
    findMissedForeground(alpha, photo, pixelsPerIod),
    width,
    height,
    columns,
    rows,
    pixelsPerIod / CELL_PX,
  );
  const filledIn = (...choices: ((pixel: number, cell: number) => boolean)[]): Float32Array => {
    for (const sure of choices) {
      const { colour, known } = cellMeans(photo, CELL_PX, sure);
      if (known.some(Boolean)) return pushPull(colour, known, columns, rows, 3);
    }
    return new Float32Array(3 * columns * rows);
  };
  const coarsePerson = filledIn((k) => alpha[k]! >= SURE_PERSON);
  const coarseBackground = filledIn(
    (k, cell) => alpha[k]! <= SURE_BACKGROUND && wide[cell]! < RIM_SURE,
    (k) => alpha[k]! <= SURE_BACKGROUND, // the person fills the picture: what there is beside it
    () => true,
  );
  const copy = (): RgbaImage => ({ width, height, data: new Uint8ClampedArray(photo.data) });
  const [whole, person, background] = [copy(), copy(), copy()];
  const sampler = (field: Float32Array, channels: number): RowSampler =>
    new RowSampler(field, channels, columns, rows, width, [1 / CELL_PX, 1 / CELL_PX]);
  const [personRow, backgroundRow, wideRow] = [
    sampler(coarsePerson, 3),
    sampler(coarseBackground, 3),
    sampler(wide, 1),
  ];
  const known = new Uint8Array(width * height).fill(KNOWN.source);
  for (let y = 0, k = 0; y < height; y++) {
    for (const row of [personRow, backgroundRow, wideRow]) row.moveTo(y);
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * k;
      const a = alpha[k]! / 255;
      const w = wideRow.at(x, 0);
      const full = a > 0 || w > AS_GOOD_AS_ONE;
      if (full) known[k] = KNOWN.hidden;
      else if (w >= RIM_SURE) known[k] = KNOWN.seen;
      whole.data[o + 3] = full ? 255 : 255 * w;
      person.data[o + 3] = alpha[k]!;
      const share = a / (a * a + (1 - a) * (1 - a));
      for (let c = 0; c < 3; c++) {
        const b = full ? backgroundRow.at(x, c) : 0;
        if (full) background.data[o + c] = b;
        if (a === 1) continue;
        const f = personRow.at(x, c);
        const rest = a > 0 ? photo.data[o + c]! - a * f - (1 - a) * b : 0;
        person.data[o + c] = f + rest * share;
      }
    }
  }
  fillFromPatches(background, photo, known, pixelsPerIod);
  return { photo: whole, person, background };
}

/** f32[rows x columns], by the distance from the nearest cell with any of the person in it. @param iod cells per IOD */
function wideOpacity(
  alpha: Uint8ClampedArray,
  leftOut: Uint8Array,
  width: number,
  height: number,
  columns: number,
  rows: number,
  iod: number,
): Float32Array {
  const distance = new Float32Array(columns * rows).fill(Infinity);
  for (let y = 0, k = 0; y < height; y++) {
    const row = Math.floor(y / CELL_PX) * columns;
    for (let x = 0; x < width; x++, k++)
      if (alpha[k]! > SURE_BACKGROUND || leftOut[k] === 1) distance[row + Math.floor(x / CELL_PX)] = 0;
  }
  chamferDistance(distance, columns, rows);
  const wide = distance.map((d) => 1 - smoothstep(...RIM_IOD, d / iod));
  gaussianBlur(wide, columns, rows, 1, 1);
  return wide;
}
