/**
 * @file Triangulation of the photo grid with fewer triangles: cells are merged where the warp is nearly linear.
 *
 * The field that moves the photo is smooth over hair and shoulders, zero in the background, and steep only along the jaw.
 * Triangles of a few pixels are the most expensive part on a software adapter. A block of a quadtree replaces the cells
 * inside it if the field stays linear within a tolerance under every probe motion. In the rest pose any triangulation
 * shows the photo exactly.
 */
import { rotationFromAngles } from '../core/rotation';
import { project } from '../portrait-bundle/pose';
import type { PhotoGrid, PortraitPose } from '../portrait-bundle/portrait-bundle';

/** Largest deviation from linear that a merged block may have under a probe. */
const TOLERANCE_IOD = 0.006;
/** Largest block, cells. */
const MAX_BLOCK = 8;
/** Head poses that are rarely exceeded in speech, degrees: pitch, yaw, roll. */
const PROBE_POSES = [
  [10, 0, 0],
  [0, 12, 0],
  [0, 0, 8],
] as const;
/** Weight with which every expression is probed. */
const PROBE_EXPRESSION = 0.7;

/**
 * Triangles as u32[3 n] indices of grid vertices. Not all vertices are used.
 *
 * @param more f32[n x 2] each: displacements besides head and expressions, IOD
 */
export function triangulateGrid(grid: PhotoGrid, pose: PortraitPose, more: readonly Float32Array[] = []): Uint32Array {
  const probes = [...probeFields(grid, pose), ...more];
  const { columns, rows } = grid;
  const at = (i: number, j: number): number => j * columns + i;
  let root = MAX_BLOCK;
  while ((columns - 1) % root || (rows - 1) % root) root /= 2;

  const blocks: [number, number, number][] = [];
  const used = new Uint8Array(columns * rows);
  const split = (i: number, j: number, size: number): void => {
    if (size > 1 && !isLinear(probes, columns, i, j, size)) {
      const half = size / 2;
      for (const [x, y] of [
        [0, 0],
        [half, 0],
        [0, half],
        [half, half],
      ] as const)
        split(i + x, j + y, half);
      return;
    }
    blocks.push([i, j, size]);
    for (const [x, y] of [
      [0, 0],
      [size, 0],
      [0, size],
      [size, size],
    ] as const)
      used[at(i + x, j + y)] = 1;
  };
  for (let j = 0; j < rows - 1; j += root) for (let i = 0; i < columns - 1; i += root) split(i, j, root);

  const triangles: number[] = [];
  for (const [i, j, size] of blocks) {
    // The rim of the block with the vertices of smaller neighbours on its sides, so that no cracks open between sizes.
    const rim: number[] = [];
    for (let k = 0; k < size; k++) if (used[at(i, j + k)]) rim.push(at(i, j + k));
    for (let k = 0; k < size; k++) if (used[at(i + k, j + size)]) rim.push(at(i + k, j + size));
    for (let k = 0; k < size; k++) if (used[at(i + size, j + size - k)]) rim.push(at(i + size, j + size - k));
    for (let k = 0; k < size; k++) if (used[at(i + size - k, j)]) rim.push(at(i + size - k, j));
    if (rim.length === 4) {
      triangles.push(rim[0]!, rim[1]!, rim[3]!, rim[3]!, rim[1]!, rim[2]!);
      continue;
    }
    const middle = at(i + size / 2, j + size / 2);
    rim.forEach((v, k) => triangles.push(middle, v, rim[(k + 1) % rim.length]!));
  }
  return Uint32Array.from(triangles);
}

/** Displacements of all vertices under each probe, IOD: f32[n x 2] each. */
function probeFields(grid: PhotoGrid, pose: PortraitPose): Float32Array[] {
  const count = grid.columns * grid.rows;
  const resting = project(pose, grid.canonical);
  const fields = PROBE_POSES.map(([pitch, yaw, roll]) => {
    const turned = project(pose, rotated(grid.canonical, rotationFromAngles(pitch, yaw, roll)));
    return turned.map((x, k) => (grid.rigid[k >> 1]! * (x - resting[k]!)) / pose.scale);
  });
  grid.expressions.forEach((_, k) => {
    fields.push(grid.basis.subarray(2 * k * count, 2 * (k + 1) * count).map((x) => PROBE_EXPRESSION * x));
  });
  return fields;
}

function rotated(points: Float32Array, r: Float32Array): Float32Array {
  const out = new Float32Array(points.length);
  for (let p = 0; p < points.length; p += 3) {
    for (let k = 0; k < 3; k++) {
      out[p + k] = points[p]! * r[k]! + points[p + 1]! * r[3 + k]! + points[p + 2]! * r[6 + k]!;
    }
  }
  return out;
}

/** Whether bilinear interpolation from the corners of the block reproduces every field within the tolerance. */
function isLinear(fields: readonly Float32Array[], columns: number, i0: number, j0: number, size: number): boolean {
  for (const field of fields) {
    const corner = (i: number, j: number, axis: number): number => field[2 * (j * columns + i) + axis]!;
    for (let axis = 0; axis < 2; axis++) {
      const [a, b] = [corner(i0, j0, axis), corner(i0 + size, j0, axis)];
      const [c, d] = [corner(i0, j0 + size, axis), corner(i0 + size, j0 + size, axis)];
      for (let j = 0; j <= size; j++) {
        for (let i = 0; i <= size; i++) {
          const [u, v] = [i / size, j / size];
          const linear = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d);
          if (Math.abs(corner(i0 + i, j0 + j, axis) - linear) > TOLERANCE_IOD) return false;
        }
      }
    }
  }
  return true;
}
