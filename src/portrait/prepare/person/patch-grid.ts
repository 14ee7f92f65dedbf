/**
 * @file The coarse grids on which the background behind the person is completed: per cell the mean colour and whether
 * its pixels are hidden or may be copied.
 */

import { chamferDistance } from '../../../core/smooth';
import type { RgbaImage } from '../../../core/rgba-image';
import { cellMeans } from './cell-means';

/** Half side of a patch, cells. */
export const PATCH_RADIUS = 3;

/** The role of a pixel, or of all pixels of a cell, in the completion. */
export const FILL_ROLE = {
  /** Behind the person: to be filled in. */
  hidden: 0,
  /** Visible, but not to be copied, because it may contain hair. */
  visible: 1,
  /** Certainly background: may be copied. */
  source: 2,
} as const;

export type Grid = {
  columns: number;
  rows: number;
  /** Cells per IOD. */
  iod: number;
  /** u8[rows x columns], see FILL_ROLE. */
  role: Uint8Array;
  /** f32[rows x columns x 3], 0 ... 255. */
  colour: Float32Array;
};
/** The cells that may be the centre of a patch to copy: as a list, and as a mask of all cells. */
export type Patches = { list: Uint32Array; allowed: Uint8Array };
/** i32[rows x columns]: the cell that each hidden cell copies from; -1: none. */
export type Sources = Int32Array;

/** @param roles u8[height x width], see FILL_ROLE; a cell takes the lowest of its pixels */
export function coarseGrid(photo: RgbaImage, roles: Uint8Array, cellPx: number, iod: number): Grid {
  const { columns, rows, colour } = cellMeans(photo, cellPx, () => true);
  const grid = { columns, rows, iod, role: new Uint8Array(columns * rows).fill(FILL_ROLE.source), colour };
  for (let y = 0, k = 0; y < photo.height; y++) {
    const row = Math.floor(y / cellPx) * columns;
    for (let x = 0; x < photo.width; x++, k++) {
      const cell = row + Math.floor(x / cellPx);
      grid.role[cell] = Math.min(grid.role[cell]!, roles[k]!);
    }
  }
  return grid;
}

/** A grid with half as many columns and rows; a cell takes the lowest role of the four that it replaces. */
export function halved(fine: Grid): Grid {
  const [columns, rows] = [(fine.columns + 1) >> 1, (fine.rows + 1) >> 1];
  const grid = {
    columns,
    rows,
    iod: fine.iod / 2,
    role: new Uint8Array(columns * rows).fill(FILL_ROLE.source),
    colour: new Float32Array(3 * columns * rows),
  };
  const count = new Float32Array(columns * rows);
  for (let y = 0, k = 0; y < fine.rows; y++) {
    for (let x = 0; x < fine.columns; x++, k++) {
      const cell = (y >> 1) * columns + (x >> 1);
      grid.role[cell] = Math.min(grid.role[cell]!, fine.role[k]!);
      count[cell]!++;
      for (let c = 0; c < 3; c++) grid.colour[3 * cell + c]! += fine.colour[3 * k + c]!;
    }
  }
  for (let i = 0; i < grid.colour.length; i++) grid.colour[i]! /= count[Math.floor(i / 3)]!;
  return grid;
}

/** Distance of every hidden cell from the nearest one that is not hidden, cells; 0 elsewhere. */
export function outlineDistance({ role, columns, rows }: Grid): Float32Array {
  const distance = Float32Array.from(role, (r) => (r === FILL_ROLE.hidden ? Infinity : 0));
  chamferDistance(distance, columns, rows);
  return distance;
}

/** Hidden cells up to a depth, from the outline inwards. @param depth see {@link outlineDistance} */
export function fillOrder(depth: Float32Array, deepest: number): Uint32Array {
  const cells = [...depth.keys()].filter((cell) => depth[cell]! > 0 && depth[cell]! <= deepest);
  return Uint32Array.from(cells.sort((a, b) => depth[a]! - depth[b]!));
}

/** The cells whose whole patch is certainly background. */
export function patchCentres({ columns, rows, role }: Grid): Patches {
  const allowed = new Uint8Array(columns * rows);
  const list: number[] = [];
  for (let y = PATCH_RADIUS; y < rows - PATCH_RADIUS; y++) {
    for (let x = PATCH_RADIUS; x < columns - PATCH_RADIUS; x++) {
      let sure = true;
      for (let v = -PATCH_RADIUS; sure && v <= PATCH_RADIUS; v++)
        for (let u = -PATCH_RADIUS; sure && u <= PATCH_RADIUS; u++)
          sure = role[(y + v) * columns + x + u] === FILL_ROLE.source;
      if (!sure) continue;
      allowed[y * columns + x] = 1;
      list.push(y * columns + x);
    }
  }
  return { list: Uint32Array.from(list), allowed };
}
