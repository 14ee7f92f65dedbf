/**
 * @file Completes the background behind the person with patches of the visible background, so that stripes, edges and
 * grain continue where a turning head uncovers it.
 *
 * Every hidden cell of a coarse grid gets the visible patch that fits its surroundings best. Cells are first filled
 * from the person's outline inwards; then averaging the patches that cover a cell and searching again alternate, from
 * coarse to fine (patch-match.ts). Only the chosen offsets are used in the end: the photo's own pixels, with their
 * grain, are copied by them. Differences that remain at the outline are spread inwards and fade out.
 */

import type { RgbaImage } from '../../../core/rgba-image';
import { gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';
import { localDeviation } from './cell-means';
import {
  coarseGrid,
  FILL_ROLE,
  fillOrder,
  type Grid,
  halved,
  outlineDistance,
  patchCentres,
  type Sources,
} from './patch-grid';
import { average, fillFromOutline, refined, search } from './patch-match';
import { RowSampler } from './row-sampler';

/** Cells per IOD, unless that makes a cell smaller than LEAST_CELL_PX. */
const CELLS_PER_IOD = 28;
const LEAST_CELL_PX = 4;
/**
 * Patches are copied up to the first depth behind the outline, which is as far as a turning head uncovers. From there
 * to the second they fade into the smooth colours. IOD
 */
const DEPTH_IOD = [0.42, 0.55] as const;
/** Number of grids; each has half the columns and rows of the one before. */
const LEVELS = 2;
/** Rounds of averaging and searching on each grid. */
const ROUNDS = 2;
/** Factor on the weight of a patch per cell of depth: patches near the outline are more reliable. */
const TRUST_PER_CELL = 0.77;
/** If fewer patches can be copied, the smooth colours stay. */
const LEAST_SOURCES = 12;
/**
 * Local standard deviation of the background (0 ... 255, over EVENNESS_IOD). At most the first: it is even, its light
 * varies smoothly and patches supply only the grain. From the second on, patches supply everything.
 */
const EVENNESS_IOD = 0.35;
const EVEN = [16, 40] as const;
/** Separates grain (finer) from light (coarser). Cells */
const GRAIN_CELLS = 2;
/** Colour differences at the outline fade out over this distance. IOD */
const LEVEL_IOD = 0.25;

/**
 * Fills in the hidden pixels near the outline, in place.
 *
 * @param picture opaque; its hidden pixels have smooth colours already, which stay deeper inside
 * @param photo the source of the copied pixels
 * @param roles u8[height x width], see FILL_ROLE
 * @param pixelsPerIod of the photo
 */
export function fillFromPatches(picture: RgbaImage, photo: RgbaImage, roles: Uint8Array, pixelsPerIod: number): void {
  const cellPx = Math.max(LEAST_CELL_PX, Math.round(pixelsPerIod / CELLS_PER_IOD));
  const iod = pixelsPerIod / cellPx;
  const levels = [coarseGrid(picture, roles, cellPx, iod)];
  for (let level = 1; level < LEVELS; level++) levels.push(halved(levels[level - 1]!));
  const depths = levels.map((grid) => outlineDistance(grid));
  const targets = levels.map((_, level) => fillOrder(depths[level]!, (DEPTH_IOD[1] * iod) / 2 ** level));
  const last = LEVELS - 1;
  if (targets[last]!.length === 0) return;
  const patches = levels.map(patchCentres);
  if (patches.some(({ list }) => list.length < LEAST_SOURCES)) return;

  const light = levels[0]!.colour.slice();
  let from = fillFromOutline(levels[last]!, targets[last]!, patches[last]!);
  for (let level = last; level >= 0; level--) {
    const grid = levels[level]!;
    if (level < last) from = refined(from, levels[level + 1]!, grid, targets[level]!, patches[level]!.allowed);
    const trust = depths[level]!.map((depth) => TRUST_PER_CELL ** depth);
    for (let round = 0; round < ROUNDS; round++) {
      average(grid, targets[level]!, from, trust);
      search(grid, targets[level]!, from, patches[level]!, level * ROUNDS + round);
    }
  }
  paint(picture, photo, roles, levels[0]!, from, depths[0]!, lightCorrection(levels[0]!, from, light), cellPx);
}

/**
 * Copies the pixels. Each is interpolated from the sources of the four nearest cells, so that cell borders do not show.
 */
function paint(
  picture: RgbaImage,
  photo: RgbaImage,
  roles: Uint8Array,
  grid: Grid,
  from: Sources,
  depth: Float32Array,
  lightChange: Float32Array,
  cellPx: number,
): void {
  const { width, height, data } = photo;
  const { columns, rows, iod } = grid;
  const shifts = pixelShifts(grid, from, cellPx, width);
  const row = (field: Float32Array, channels: number): RowSampler =>
    new RowSampler(field, channels, columns, rows, width, [1 / cellPx, 1 / cellPx]);
  const outlineRow = row(outlineCorrection(photo, roles, grid, from, shifts, lightChange, cellPx), 3);
  const depthRow = row(depth, 1);
  const lightRow = row(lightChange, 3);
  for (let y = 0, k = 0; y < height; y++) {
    outlineRow.moveTo(y);
    depthRow.moveTo(y);
    lightRow.moveTo(y);
    const v = Math.max(0, (y + 0.5) / cellPx - 0.5);
    const top = Math.floor(v);
    for (let x = 0; x < width; x++, k++) {
      if (roles[k] !== FILL_ROLE.hidden) continue;
      const u = Math.max(0, (x + 0.5) / cellPx - 0.5);
      const left = Math.floor(u);
      let [total, r, g, b] = [0, 0, 0, 0];
      for (let corner = 0; corner < 4; corner++) {
        const i = left + (corner & 1);
        const j = top + (corner >> 1);
        if (i >= columns || j >= rows || from[j * columns + i]! < 0) continue;
        const at = k + shifts[j * columns + i]!;
        if (at < 0 || at >= roles.length || roles[at] === FILL_ROLE.hidden) continue;
        const weight = (corner & 1 ? u - left : 1 - u + left) * (corner >> 1 ? v - top : 1 - v + top);
        total += weight;
        r += weight * data[4 * at]!;
        g += weight * data[4 * at + 1]!;
        b += weight * data[4 * at + 2]!;
      }
      if (total === 0) continue;
      const deep = depthRow.at(x, 0) / iod;
      const share = 1 - smoothstep(DEPTH_IOD[0], DEPTH_IOD[1], deep);
      const levelled = 1 - smoothstep(0, LEVEL_IOD, deep);
      const paintOne = (c: number, value: number): void => {
        const o = 4 * k + c;
        const copied = value / total + lightRow.at(x, c) + levelled * outlineRow.at(x, c);
        picture.data[o] = share * copied + (1 - share) * picture.data[o]!;
      };
      paintOne(0, r);
      paintOne(1, g);
      paintOne(2, b);
    }
  }
}

/**
 * What to add to the copied colours so that an even background keeps its smooth light, f32[rows x columns x 3].
 *
 * @param light f32[rows x columns x 3]: the photo's colours, and the smooth ones where it is hidden
 */
function lightCorrection({ columns, rows, iod, role }: Grid, from: Sources, light: Float32Array): Float32Array {
  const sure = Float32Array.from(role, (r) => (r === FILL_ROLE.source ? 1 : 0));
  const deviation = localDeviation({ columns, rows, colour: light, known: sure }, EVENNESS_IOD * iod);
  const smooth = light.slice();
  gaussianBlur(smooth, columns, rows, 3, GRAIN_CELLS);
  return light.map((_, i) => {
    const cell = Math.floor(i / 3);
    const source = from[cell]!;
    if (source < 0) return 0;
    return (1 - smoothstep(...EVEN, deviation[cell]!)) * (smooth[i]! - smooth[3 * source + (i % 3)]!);
  });
}

/**
 * Offset from the pixels of each cell to those that it copies, in pixels of the row-major photo: i32[rows x columns].
 */
function pixelShifts({ columns }: Grid, from: Sources, cellPx: number, width: number): Int32Array {
  return from.map((source, cell) => {
    if (source < 0) return 0;
    const across = (source % columns) - (cell % columns);
    const down = Math.floor(source / columns) - Math.floor(cell / columns);
    return cellPx * (down * width + across);
  });
}

/** Difference between the photo's and the copied colours at the outline, spread from there: f32[rows x columns x 3]. */
function outlineCorrection(
  { width, height, data }: RgbaImage,
  roles: Uint8Array,
  { columns, rows }: Grid,
  from: Sources,
  shifts: Int32Array,
  lightChange: Float32Array,
  cellPx: number,
): Float32Array {
  const sum = new Float32Array(3 * columns * rows);
  const count = new Float32Array(columns * rows);
  for (let y = 0, k = 0; y < height; y++) {
    const row = Math.floor(y / cellPx) * columns;
    for (let x = 0; x < width; x++, k++) {
      if (roles[k] === FILL_ROLE.hidden) continue;
      const cell = row + Math.floor(x / cellPx);
      const at = k + shifts[cell]!;
      if (from[cell]! < 0 || at < 0 || at >= roles.length || roles[at] === FILL_ROLE.hidden) continue;
      count[cell]!++;
      for (let c = 0; c < 3; c++)
        sum[3 * cell + c]! += data[4 * k + c]! - data[4 * at + c]! - lightChange[3 * cell + c]!;
    }
  }
  return pushPull(sum, count, columns, rows, 3);
}
