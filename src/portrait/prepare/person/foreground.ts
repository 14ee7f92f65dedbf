/**
 * @file Separates the photo into person and background, with colours for both at every pixel. The person can then be
 * drawn over another background without a fringe of the old one, and the old background continues behind a moving head.
 *
 * With the opacity a of the person, the photo is I = a F + (1 - a) B. Foreground F and background B are first
 * interpolated, by push-pull on a coarse grid, from pixels that certainly belong to one of them. The remaining
 * difference from the photo is distributed by least squares (Forte, "Approximate Fast Foreground Colour Estimation",
 * 2021, eq. 4 without its blurs):
 *
 *   F += a d / (a^2 + (1 - a)^2),   d = I - a F - (1 - a) B
 *
 * Behind the person, the background is completed with patches of the visible background (background-fill.ts), because a
 * turning head uncovers it.
 *
 * Over the photo's own background an exact outline is not wanted: hair that the matte missed would stay behind when the
 * head turns. So the photo has a second, wider opacity w: a rim of background moves with the person and fades into the
 * static background, which equals the photo wherever w < 1. In the rest pose none of this is visible.
 */

import type { RgbaImage } from '../../../core/rgba-image';
import { fillFromPatches } from './background-fill';
import { cellMeans } from './cell-means';
import { FILL_ROLE } from './patch-grid';
import { findMissedForeground, SURE_BACKGROUND, SURE_PERSON } from './missed-foreground';
import { RowSampler } from './row-sampler';
import { chamferDistance, gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';

/** Side of the coarse grid's cells, px. */
const CELL_PX = 4;
/** Wide opacity: 1 up to the first distance from the person and the missed foreground, 0 from the second. IOD */
const RIM_IOD = [0.08, 0.22] as const;
/** Wide opacities above this are rounded up to 1: a thirtieth of the filled background would not be visible. */
const FULL_OPACITY = 0.97;
/** Background with at least this wide opacity may contain hair, so its colours are not used for filling. */
const RIM_SURE = 0.5;

type SplitPhoto = {
  /** The photo; alpha: wide opacity. */
  photo: RgbaImage;
  /** The person's colours, even where the opacity is low; alpha: opacity. */
  person: RgbaImage;
  /** Opaque: the photo where the wide opacity is below 1, filled in elsewhere. */
  background: RgbaImage;
};

/**
 * Separates person and background.
 *
 * @param photo opaque
 * @param alpha u8[height x width], opacity of the person
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
  const interpolated = (...choices: ((pixel: number, cell: number) => boolean)[]): Float32Array => {
    for (const isSelected of choices) {
      const { colour, known } = cellMeans(photo, CELL_PX, isSelected);
      if (known.some(Boolean)) return pushPull(colour, known, columns, rows, 3);
    }
    return new Float32Array(3 * columns * rows);
  };
  const coarsePerson = interpolated((k) => alpha[k]! >= SURE_PERSON);
  const coarseBackground = interpolated(
    (k, cell) => alpha[k]! <= SURE_BACKGROUND && wide[cell]! < RIM_SURE,
    (k) => alpha[k]! <= SURE_BACKGROUND, // the person fills the picture: any background there is
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
  const roles = new Uint8Array(width * height).fill(FILL_ROLE.source);
  for (let y = 0, k = 0; y < height; y++) {
    for (const row of [personRow, backgroundRow, wideRow]) row.moveTo(y);
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * k;
      const a = alpha[k]! / 255;
      const w = wideRow.at(x, 0);
      const full = a > 0 || w > FULL_OPACITY;
      if (full) roles[k] = FILL_ROLE.hidden;
      else if (w >= RIM_SURE) roles[k] = FILL_ROLE.visible;
      whole.data[o + 3] = full ? 255 : 255 * w;
      person.data[o + 3] = alpha[k]!;
      const share = a / (a * a + (1 - a) * (1 - a));
      for (let c = 0; c < 3; c++) {
        const b = full ? backgroundRow.at(x, c) : 0;
        if (full) background.data[o + c] = b;
        if (a === 1) continue;
        const f = personRow.at(x, c);
        const difference = a > 0 ? photo.data[o + c]! - a * f - (1 - a) * b : 0;
        person.data[o + c] = f + difference * share;
      }
    }
  }
  fillFromPatches(background, photo, roles, pixelsPerIod);
  return { photo: whole, person, background };
}

/**
 * Wide opacity, from the distance to the nearest cell that contains any of the person: f32[rows x columns].
 *
 * @param missed u8[height x width], see findMissedForeground
 * @param iod cells per IOD
 */
function wideOpacity(
  alpha: Uint8ClampedArray,
  missed: Uint8Array,
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
      if (alpha[k]! > SURE_BACKGROUND || missed[k] === 1) distance[row + Math.floor(x / CELL_PX)] = 0;
  }
  chamferDistance(distance, columns, rows);
  const wide = distance.map((d) => 1 - smoothstep(...RIM_IOD, d / iod));
  gaussianBlur(wide, columns, rows, 1, 1);
  return wide;
}
