/** @file The triangles of the photo grid: they cover the picture once, leave no cracks, and merge only cells with a nearly linear warp. */
import { describe, expect, it } from 'vitest';
import { triangulateGrid } from '../../../src/renderer/adaptive-grid';
import type { PhotoGrid, PortraitPose } from '../../../src/portrait-bundle/portrait-bundle';

const SIDE = 33;
const POSE: PortraitPose = { rotation: new Float32Array([1, 0, 0, 0, 1, 0, 0, 0, 1]), scale: 100, translation: [0, 0] };

/** @param move displacement in y of the only expression at (i, j), IOD */
function grid(move: (i: number, j: number) => number): PhotoGrid {
  const count = SIDE * SIDE;
  const basis = new Float32Array(2 * count);
  for (let v = 0; v < count; v++) basis[2 * v + 1] = move(v % SIDE, Math.floor(v / SIDE));
  return {
    columns: SIDE,
    rows: SIDE,
    canonical: new Float32Array(3 * count),
    rigid: new Float32Array(count),
    expressions: new Uint32Array([0]),
    basis,
  };
}

/** Edges by their vertices, with how often they occur. */
function edges(triangles: Uint32Array): Map<string, number> {
  const out = new Map<string, number>();
  for (let t = 0; t < triangles.length; t += 3) {
    for (let k = 0; k < 3; k++) {
      const [a, b] = [triangles[t + k]!, triangles[t + ((k + 1) % 3)]!];
      const key = `${Math.min(a, b)} ${Math.max(a, b)}`;
      out.set(key, (out.get(key) ?? 0) + 1);
    }
  }
  return out;
}

const at = (v: number): [number, number] => [v % SIDE, Math.floor(v / SIDE)];

function area(triangles: Uint32Array, t: number): number {
  const [a, b, c] = [at(triangles[t]!), at(triangles[t + 1]!), at(triangles[t + 2]!)];
  return ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
}

const bump = (i: number, j: number): number => 0.2 * Math.exp(-((i - 9) ** 2 + (j - 20) ** 2) / 12);

describe('triangulateGrid', () => {
  it.each([
    ['nothing moves', () => 0],
    ['a bump', bump],
    ['a crease', (i: number) => Math.max(0, i - 13) * 0.01],
    ['everything is rough', (i: number, j: number) => ((i * 7 + j * 13) % 5) * 0.02],
  ])('covers the picture once and without cracks: %s', (_, move) => {
    const triangles = triangulateGrid(grid(move), POSE);
    let covered = 0;
    for (let t = 0; t < triangles.length; t += 3) {
      expect(area(triangles, t)).toBeLessThan(0); // all have the same orientation
      covered -= area(triangles, t);
    }
    expect(covered).toBeCloseTo((SIDE - 1) ** 2);
    for (const [key, count] of edges(triangles)) {
      const [a, b] = key.split(' ').map((v) => at(Number(v))) as [[number, number], [number, number]];
      const onBorder = [0, 1].some((axis) => a[axis] === b[axis] && (a[axis] === 0 || a[axis] === SIDE - 1));
      expect(count, key).toBe(onBorder ? 1 : 2);
    }
  });

  it('uses small triangles only where the warp is not linear', () => {
    const still =
      triangulateGrid(
        grid(() => 0),
        POSE,
      ).length / 3;
    const tilted =
      triangulateGrid(
        grid((i, j) => 0.01 * i + 0.02 * j),
        POSE,
      ).length / 3;
    const bumped = triangulateGrid(grid(bump), POSE).length / 3;
    expect(still).toBe(2 * 4 * 4);
    expect(tilted).toBe(still);
    expect(bumped).toBeGreaterThan(4 * still);
    expect(bumped).toBeLessThan(0.4 * 2 * (SIDE - 1) ** 2);
  });

  it('deviates from the full grid by less than .015 IOD, a pixel and a half of a 512 px picture', () => {
    const triangles = triangulateGrid(grid(bump), POSE);
    let worst = 0;
    for (let t = 0; t < triangles.length; t += 3) {
      const corners = [0, 1, 2].map((k) => at(triangles[t + k]!));
      const total = area(triangles, t);
      for (let v = 0; v < SIDE * SIDE; v++) {
        const [x, y] = at(v);
        const weights = [0, 1, 2].map((k) => {
          const [p, q] = [corners[(k + 1) % 3]!, corners[(k + 2) % 3]!];
          return ((p[0] - x) * (q[1] - y) - (q[0] - x) * (p[1] - y)) / 2 / total;
        });
        if (Math.min(...weights) < 0) continue;
        const linear = weights.reduce((sum, w, k) => sum + w * bump(...corners[k]!), 0);
        worst = Math.max(worst, Math.abs(linear - bump(x, y)));
      }
    }
    expect(worst).toBeLessThan(0.015);
    expect(worst).toBeGreaterThan(0); // or nothing was merged
  });
});
