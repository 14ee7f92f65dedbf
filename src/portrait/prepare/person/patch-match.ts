/**
 * @file Finds for every hidden cell of a grid the visible patch that fits its surroundings best: PatchMatch (Barnes et
 * al., 2009) within the completion scheme of Wexler, Shechtman, Irani, "Space-Time Completion of Video", 2007.
 */

import { uniform } from '../../../core/rng';
import { FILL_ROLE, type Grid, PATCH_RADIUS, type Patches, type Sources } from './patch-grid';

/** Only every second cell of a patch, along rows and columns, is compared. */
const PATCH_STEP = 2;
const SAMPLES = (PATCH_RADIUS + 1) ** 2;
/**
 * Weight of a cell that still has its smooth initial colour; lower, so that one wrong choice does not cause the next.
 */
const SMOOTH_TRUST = 0.2;
/**
 * A patch that is further away than FAR_IOD has to fit better: by FAR_PENALTY (mean squared difference, channels 0 ...
 * 255) times the square of the excess in IOD. Nearer patches have no penalty, or every cell would copy its nearest one.
 */
const FAR_IOD = 0.7;
const FAR_PENALTY = 300;

/**
 * Cost of copying the patch round `from` to `cell`: mean squared difference per channel plus the distance penalty.
 *
 * @param filled u8[cells], 1 for cells that have their final colour; null: all
 * @param best cost to beat; the value is not exact if it is higher
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
  const left = Math.max(-PATCH_RADIUS, -x);
  const right = Math.min(PATCH_RADIUS, columns - 1 - x);
  const top = Math.max(-PATCH_RADIUS, -y);
  const bottom = Math.min(PATCH_RADIUS, rows - 1 - y);
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

/** First pass: cells in the order of `targets`, from the outline inwards, each copied from the best of all patches. */
export function fillFromOutline(grid: Grid, targets: Uint32Array, { list, allowed }: Patches): Sources {
  const from = new Int32Array(grid.role.length).fill(-1);
  const filled = Uint8Array.from(grid.role, (r) => (r === FILL_ROLE.hidden ? 0 : 1));
  for (const cell of targets) {
    let least = Infinity;
    const offer = (patch: number): void => {
      const value = misfit(grid, cell, patch, filled, least);
      if (value < least) [least, from[cell]] = [value, patch];
    };
    // The neighbours' patches, shifted, are mostly good; then most other patches are rejected after a few cells.
    for (const step of [1, -1, grid.columns, -grid.columns])
      if (from[cell + step]! >= 0 && allowed[from[cell + step]! - step] === 1) offer(from[cell + step]! - step);
    for (const patch of list) offer(patch);
    grid.colour.copyWithin(3 * cell, 3 * from[cell]!, 3 * from[cell]! + 3);
    filled[cell] = 1;
  }
  return from;
}

/** Transfers the choices to the next finer grid. */
export function refined(coarse: Sources, before: Grid, grid: Grid, targets: Uint32Array, allowed: Uint8Array): Sources {
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

/**
 * Gives every target the mean colour of all patches that cover it.
 *
 * @param trust f32[cells], weight of a patch at its centre
 */
export function average(
  { columns, rows, colour }: Grid,
  targets: Uint32Array,
  from: Sources,
  trust: Float32Array,
): void {
  const mean = new Float32Array(3 * targets.length);
  targets.forEach((cell, n) => {
    const x = cell % columns;
    const y = (cell - x) / columns;
    let total = 0;
    for (let v = Math.max(-PATCH_RADIUS, -y); v <= Math.min(PATCH_RADIUS, rows - 1 - y); v++) {
      for (let u = Math.max(-PATCH_RADIUS, -x); u <= Math.min(PATCH_RADIUS, columns - 1 - x); u++) {
        const at = cell + v * columns + u;
        if (from[at]! < 0) continue;
        const source = 3 * (from[at]! - v * columns - u);
        const weight = trust[at]!;
        total += weight;
        for (let c = 0; c < 3; c++) mean[3 * n + c]! += weight * colour[source + c]!;
      }
    }
    for (let c = 0; c < 3; c++) mean[3 * n + c] = total > 0 ? mean[3 * n + c]! / total : colour[3 * cell + c]!;
  });
  targets.forEach((cell, n) => colour.set(mean.subarray(3 * n, 3 * n + 3), 3 * cell));
}

/**
 * PatchMatch: every target tries the shifted patches of its neighbours and random places ever closer to its best one.
 */
export function search(
  grid: Grid,
  targets: Uint32Array,
  from: Sources,
  { list, allowed }: Patches,
  seed: number,
): void {
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
