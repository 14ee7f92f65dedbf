/**
 * @file What is behind the person, made up from the background beside it: patches that go on with what they meet at the
 * person's outline, so that stripes, edges and grain continue where a turned head uncovers them.
 *
 * On a coarse grid every hidden cell looks for the visible patch that fits its surroundings best; surroundings are first filled
 * from the outline inwards, then by turns each cell takes the mean of what the patches over it say, and looks again (Wexler,
 * Shechtman, Irani, "Space-Time Completion of Video", 2007; the search is PatchMatch: Barnes et al., 2009), from coarse to fine.
 * What counts in the end is only where from each cell copies: the photo's own pixels come from there, grain and all. What is left
 * of a step at the outline is spread inwards and fades.
 */

import type { RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { cellMeans, unevenness } from './cell-means';
import { RowSampler } from './row-sampler';
import { chamferDistance, gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';
import { uniform } from '../../../core/rng';

/** Side of a cell: as many to the IOD, but no fewer pixels than the second. */
const CELLS_PER_IOD = 28;
const LEAST_CELL_PX = 4;
/** How far behind the outline patches go: further a head does not turn away. Deeper in, over the second, colours only flow. IOD. */
const DEPTH_IOD = [0.42, 0.55] as const;
/** Half side of a patch, cells, of which every second one a row and column is compared. */
const RADIUS = 3;
const PATCH_STEP = 2;
const SAMPLES = (RADIUS + 1) ** 2;
/** Grids: each has half the cells of the one before. */
const LEVELS = 2;
/** What the smooth colour of a cell that has not been filled yet counts in the fit: else one false choice leads to the next. */
const SMOOTH_TRUST = 0.2;
/** What a patch that lies a cell deeper counts in the mean. */
const TRUST_A_CELL = 0.77;
/** Turns of searching and averaging on each of them. */
const TURNS = 2;
/** Fewer patches to choose from are no background to go on with. */
const LEAST_SOURCES = 12;
/**
 * A patch from further away than the first has to fit better: by the second (mean squared difference, 0 ... 255), an IOD
 * beyond it. Nearer ones are all alike, or every cell would copy the one that is nearest.
 */
const FAR_IOD = 0.7;
const FAR_PENALTY = 300;
/**
 * A background whose standard deviation (0 ... 255) over so many IOD is no more than the first is even: there light flows
 * smoothly and patches give the grain alone. From the second on they give everything.
 */
const EVENNESS_IOD = 0.35;
const EVEN = [16, 40] as const;
/** What is coarser than this is light, what is finer is grain. Cells */
const GRAIN_CELLS = 2;
/** Steps at the outline are levelled out over this distance. IOD */
const LEVEL_IOD = 0.25;

/** What is known of a pixel, or of all of a cell. */
export const KNOWN = {
  /** To be made up. */
  hidden: 0,
  /** It is what it is, but nothing to copy: hair may be in it. */
  seen: 1,
  /** Surely background. */
  source: 2,
} as const;

type Grid = {
  columns: number;
  rows: number;
  /** Cells. */
  iod: number;
  known: Uint8Array;
  colour: Float32Array;
};
/** Cells that may be the middle of a patch to copy: all of them, and 1 for each. */
type Patches = { list: Uint32Array; allowed: Uint8Array };
/** Where each hidden cell copies from, as an index of a cell; -1: from nowhere. */
type Sources = Int32Array;

/**
 * Paints over the hidden pixels near the outline, in place.
 *
 * @param picture opaque; the hidden pixels hold smooth colours already, which stay further inside
 * @param photo what is copied from
 * @param known u8[height x width], see KNOWN
 * @param pixelsPerIod of the photo
 */
export function fillFromPatches(picture: RgbaImage, photo: RgbaImage, known: Uint8Array, pixelsPerIod: number): void {
  const cellPx = Math.max(LEAST_CELL_PX, Math.round(pixelsPerIod / CELLS_PER_IOD));
  const iod = pixelsPerIod / cellPx;
  const levels = [coarseGrid(picture, known, cellPx, iod)];
  for (let level = 1; level < LEVELS; level++) levels.push(halved(levels[level - 1]!));
  const depths = levels.map((grid) => outlineDistance(grid));
  const targets = levels.map((_, level) => inOrder(depths[level]!, (DEPTH_IOD[1] * iod) / 2 ** level));
  const last = LEVELS - 1;
  if (targets[last]!.length === 0) return;
  const choice = levels.map(patchCentres);
  if (choice.some((patches) => patches.list.length < LEAST_SOURCES)) return;

  const light = levels[0]!.colour.slice();
  let from = peel(levels[last]!, targets[last]!, choice[last]!);
  for (let level = last; level >= 0; level--) {
    const grid = levels[level]!;
    if (level < last) from = refined(from, levels[level + 1]!, grid, targets[level]!, choice[level]!.allowed);
    const trust = depths[level]!.map((depth) => TRUST_A_CELL ** depth);
    for (let turn = 0; turn < TURNS; turn++) {
      average(grid, targets[level]!, from, trust);
      search(grid, targets[level]!, from, choice[level]!, level * TURNS + turn);
    }
  }
  paint(picture, photo, known, levels[0]!, from, depths[0]!, relighting(levels[0]!, from, light), cellPx);
}

function coarseGrid(photo: RgbaImage, known: Uint8Array, cellPx: number, iod: number): Grid {
  const { columns, rows, colour } = cellMeans(photo, cellPx, () => true);
  const grid = { columns, rows, iod, known: new Uint8Array(columns * rows).fill(KNOWN.source), colour };
  for (let y = 0, k = 0; y < photo.height; y++) {
    const row = Math.floor(y / cellPx) * columns;
    for (let x = 0; x < photo.width; x++, k++) {
      const cell = row + Math.floor(x / cellPx);
      grid.known[cell] = Math.min(grid.known[cell]!, known[k]!);
    }
  }
  return grid;
}

/** Four cells to one, which is known as little as the least known of them. */
function halved(fine: Grid): Grid {
  const [columns, rows] = [(fine.columns + 1) >> 1, (fine.rows + 1) >> 1];
  const grid = {
    columns,
    rows,
    iod: fine.iod / 2,
    known: new Uint8Array(columns * rows).fill(KNOWN.source),
    colour: new Float32Array(3 * columns * rows),
  };
  const count = new Float32Array(columns * rows);
  for (let y = 0, k = 0; y < fine.rows; y++) {
    for (let x = 0; x < fine.columns; x++, k++) {
      const cell = (y >> 1) * columns + (x >> 1);
      grid.known[cell] = Math.min(grid.known[cell]!, fine.known[k]!);
      count[cell]!++;
      for (let c = 0; c < 3; c++) grid.colour[3 * cell + c]! += fine.colour[3 * k + c]!;
    }
  }
  for (let i = 0; i < grid.colour.length; i++) grid.colour[i]! /= count[Math.floor(i / 3)]!;
  return grid;
}

/** Cells from every hidden cell to the nearest that is not. */
function outlineDistance({ known, columns, rows }: Grid): Float32Array {
  const distance = Float32Array.from(known, (k) => (k === KNOWN.hidden ? Infinity : 0));
  chamferDistance(distance, columns, rows);
  return distance;
}

/** Hidden cells that are not too deep, from the outline inwards. */
function inOrder(depth: Float32Array, deepest: number): Uint32Array {
  const cells = [...depth.keys()].filter((cell) => depth[cell]! > 0 && depth[cell]! <= deepest);
  return Uint32Array.from(cells.sort((a, b) => depth[a]! - depth[b]!));
}

/** Cells with nothing but sure background round them. */
function patchCentres({ columns, rows, known }: Grid): Patches {
  const allowed = new Uint8Array(columns * rows);
  const list: number[] = [];
  for (let y = RADIUS; y < rows - RADIUS; y++) {
    for (let x = RADIUS; x < columns - RADIUS; x++) {
      let sure = true;
      for (let v = -RADIUS; sure && v <= RADIUS; v++)
        for (let u = -RADIUS; sure && u <= RADIUS; u++) sure = known[(y + v) * columns + x + u] === KNOWN.source;
      if (!sure) continue;
      allowed[y * columns + x] = 1;
      list.push(y * columns + x);
    }
  }
  return { list: Uint32Array.from(list), allowed };
}

/**
 * How badly the patch round `from` fits round `cell`: mean squared difference of a channel, and the penalty of its distance.
 *
 * @param filled cells that have been filled by now; null: all
 * @param best a worse one need not be told exactly
 */
function misfit(
  { columns, rows, iod, colour }: Grid,
  cell: number,
  from: number,
  filled: Uint8Array | null,
  best: number,
): number {
  const x = cell % columns;
  const y = (cell - x) / columns;
  const fromX = from % columns;
  const fromY = (from - fromX) / columns;
  const away = Math.hypot(fromX - x, fromY - y) / iod - FAR_IOD;
  const far = away > 0 ? FAR_PENALTY * away * away : 0;
  if (far >= best) return Infinity;
  const left = Math.max(-RADIUS, -x);
  const right = Math.min(RADIUS, columns - 1 - x);
  const top = Math.max(-RADIUS, -y);
  const bottom = Math.min(RADIUS, rows - 1 - y);
  const most = 3 * SAMPLES * (best - far);
  let sum = 0;
  let count = 0;
  for (let v = top; v <= bottom && sum <= most; v += PATCH_STEP) {
    for (let u = left; u <= right; u += PATCH_STEP) {
      const here = cell + v * columns + u;
      const weight = filled !== null && filled[here] === 0 ? SMOOTH_TRUST : 1;
      const a = 3 * here;
      const b = 3 * (from + v * columns + u);
      const r = colour[a]! - colour[b]!;
      const g = colour[a + 1]! - colour[b + 1]!;
      const bl = colour[a + 2]! - colour[b + 2]!;
      sum += weight * (r * r + g * g + bl * bl);
      count += weight;
    }
  }
  return sum / (3 * count) + far;
}

/** From the outline inwards, each cell by the best of all patches. */
function peel(grid: Grid, targets: Uint32Array, { list, allowed }: Patches): Sources {
  const from = new Int32Array(grid.known.length).fill(-1);
  const filled = Uint8Array.from(grid.known, (k) => (k === KNOWN.hidden ? 0 : 1));
  for (const cell of targets) {
    let least = Infinity;
    const offer = (patch: number): void => {
      const value = misfit(grid, cell, patch, filled, least);
      if (value < least) [least, from[cell]] = [value, patch];
    };
    // What the neighbours have found is mostly good, which spares most of the others their arithmetic.
    for (const step of [1, -1, grid.columns, -grid.columns])
      if (from[cell + step]! >= 0 && allowed[from[cell + step]! - step] === 1) offer(from[cell + step]! - step);
    for (const patch of list) offer(patch);
    grid.colour.copyWithin(3 * cell, 3 * from[cell]!, 3 * from[cell]! + 3);
    filled[cell] = 1;
  }
  return from;
}

/** The same choice on the grid with twice the cells. */
function refined(coarse: Sources, before: Grid, grid: Grid, targets: Uint32Array, allowed: Uint8Array): Sources {
  const { columns, rows, colour } = grid;
  const from = new Int32Array(columns * rows).fill(-1);
  for (const cell of targets) {
    const [x, y] = [cell % columns, Math.floor(cell / columns)];
    const source = coarse[(y >> 1) * before.columns + (x >> 1)]!;
    if (source < 0) continue;
    const u = Math.min(columns - 1, 2 * (source % before.columns) + (x & 1));
    const v = Math.min(rows - 1, 2 * Math.floor(source / before.columns) + (y & 1));
    if (allowed[v * columns + u] === 0) continue;
    from[cell] = v * columns + u;
    colour.copyWithin(3 * cell, 3 * from[cell]!, 3 * from[cell]! + 3);
  }
  return from;
}

/** Every hidden cell becomes what the patches over it say; those nearer to the outline know more. */
function average({ columns, rows, colour }: Grid, targets: Uint32Array, from: Sources, trust: Float32Array): void {
  const told = new Float32Array(3 * targets.length);
  targets.forEach((cell, n) => {
    const x = cell % columns;
    const y = (cell - x) / columns;
    let total = 0;
    for (let v = Math.max(-RADIUS, -y); v <= Math.min(RADIUS, rows - 1 - y); v++) {
      for (let u = Math.max(-RADIUS, -x); u <= Math.min(RADIUS, columns - 1 - x); u++) {
        const at = cell + v * columns + u;
        if (from[at]! < 0) continue;
        const source = 3 * (from[at]! - v * columns - u);
        const weight = trust[at]!;
        total += weight;
        for (let c = 0; c < 3; c++) told[3 * n + c]! += weight * colour[source + c]!;
      }
    }
    for (let c = 0; c < 3; c++) told[3 * n + c] = total > 0 ? told[3 * n + c]! / total : colour[3 * cell + c]!;
  });
  targets.forEach((cell, n) => colour.set(told.subarray(3 * n, 3 * n + 3), 3 * cell));
}

/** PatchMatch: every cell tries what its neighbours have found, and places at random, nearer and nearer to the best so far. */
function search(grid: Grid, targets: Uint32Array, from: Sources, { list, allowed }: Patches, seed: number): void {
  const { columns, rows } = grid;
  const steps = [1, -1, columns, -columns];
  for (let n = 0; n < 2 * targets.length; n++) {
    const cell = n < targets.length ? targets[n]! : targets[2 * targets.length - 1 - n]!;
    let best = from[cell]!;
    let least = best < 0 ? Infinity : misfit(grid, cell, best, null, Infinity);
    const offer = (source: number): void => {
      if (source < 0 || source >= allowed.length || source === best || allowed[source] === 0) return;
      const value = misfit(grid, cell, source, null, least);
      if (value < least) [least, best] = [value, source];
    };
    for (const step of steps) if (from[cell + step]! >= 0) offer(from[cell + step]! - step);
    let draw = 0;
    const chance = (): number => uniform(seed, n, draw++);
    offer(list[Math.floor(chance() * list.length)]!);
    for (let reach = columns / 4; reach >= 1; reach /= 2) {
      const x = (best % columns) + Math.round((2 * chance() - 1) * reach);
      const y = Math.floor(best / columns) + Math.round((2 * chance() - 1) * reach);
      if (x >= 0 && x < columns && y >= 0 && y < rows) offer(y * columns + x);
    }
    from[cell] = best;
  }
}

/** Copies the pixels: between the middles of cells from four places, so that no cell's border shows. */
function paint(
  picture: RgbaImage,
  photo: RgbaImage,
  known: Uint8Array,
  grid: Grid,
  from: Sources,
  depth: Float32Array,
  relit: Float32Array,
  cellPx: number,
): void {
  const { width, height, data } = photo;
  const { columns, rows, iod } = grid;
  const shifts = pixelShifts(grid, from, cellPx, width);
  const row = (field: Float32Array, channels: number): RowSampler =>
    new RowSampler(field, channels, columns, rows, width, [1 / cellPx, 1 / cellPx]);
  const levelRow = row(levelling(photo, known, grid, from, shifts, relit, cellPx), 3);
  const depthRow = row(depth, 1);
  const relitRow = row(relit, 3);
  for (let y = 0, k = 0; y < height; y++) {
    levelRow.moveTo(y);
    depthRow.moveTo(y);
    relitRow.moveTo(y);
    const v = Math.max(0, (y + 0.5) / cellPx - 0.5);
    const top = Math.floor(v);
    for (let x = 0; x < width; x++, k++) {
      if (known[k] !== KNOWN.hidden) continue;
      const u = Math.max(0, (x + 0.5) / cellPx - 0.5);
      const left = Math.floor(u);
      let [total, r, g, b] = [0, 0, 0, 0];
      for (let corner = 0; corner < 4; corner++) {
        const i = left + (corner & 1);
        const j = top + (corner >> 1);
        if (i >= columns || j >= rows || from[j * columns + i]! < 0) continue;
        const at = k + shifts[j * columns + i]!;
        if (at < 0 || at >= known.length || known[at] === KNOWN.hidden) continue;
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
        const copied = value / total + relitRow.at(x, c) + levelled * levelRow.at(x, c);
        picture.data[o] = share * copied + (1 - share) * picture.data[o]!;
      };
      paintOne(0, r);
      paintOne(1, g);
      paintOne(2, b);
    }
  }
}

/**
 * f32[rows x columns x 3]: what to add to the copied colours so that, before an even background, the light is the smooth one.
 *
 * @param light f32[rows x columns x 3], the photo's colours, and smooth ones where it is hidden
 */
function relighting({ columns, rows, iod, known }: Grid, from: Sources, light: Float32Array): Float32Array {
  const sure = Float32Array.from(known, (k) => (k === KNOWN.source ? 1 : 0));
  const uneven = unevenness({ columns, rows, colour: light, known: sure }, EVENNESS_IOD * iod);
  const smooth = light.slice();
  gaussianBlur(smooth, columns, rows, 3, GRAIN_CELLS);
  return light.map((_, i) => {
    const cell = Math.floor(i / 3);
    const source = from[cell]!;
    if (source < 0) return 0;
    return (1 - smoothstep(...EVEN, uneven[cell]!)) * (smooth[i]! - smooth[3 * source + (i % 3)]!);
  });
}

/** i32[rows x columns]: pixels from those of a cell to those that it copies. */
function pixelShifts({ columns }: Grid, from: Sources, cellPx: number, width: number): Int32Array {
  return from.map((source, cell) => {
    if (source < 0) return 0;
    const across = (source % columns) - (cell % columns);
    const down = Math.floor(source / columns) - Math.floor(cell / columns);
    return cellPx * (down * width + across);
  });
}

/** f32[rows x columns x 3]: what the copied colours lack of the photo's at the outline, spread from there. */
function levelling(
  { width, height, data }: RgbaImage,
  known: Uint8Array,
  { columns, rows }: Grid,
  from: Sources,
  shifts: Int32Array,
  relit: Float32Array,
  cellPx: number,
): Float32Array {
  const sum = new Float32Array(3 * columns * rows);
  const count = new Float32Array(columns * rows);
  for (let y = 0, k = 0; y < height; y++) {
    const row = Math.floor(y / cellPx) * columns;
    for (let x = 0; x < width; x++, k++) {
      if (known[k] === KNOWN.hidden) continue;
      const cell = row + Math.floor(x / cellPx);
      const at = k + shifts[cell]!;
      if (from[cell]! < 0 || at < 0 || at >= known.length || known[at] === KNOWN.hidden) continue;
      count[cell]!++;
      for (let c = 0; c < 3; c++) sum[3 * cell + c]! += data[4 * k + c]! - data[4 * at + c]! - relit[3 * cell + c]!;
    }
  }
  return pushPull(sum, count, columns, rows, 3);
}
