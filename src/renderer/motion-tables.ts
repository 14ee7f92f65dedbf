/**
 * @file Packs a portrait's mesh and photo grid into the tables that both renderers read.
 *
 * The tables are sparse: of 53 expressions a face vertex moves with 14 on average, a tooth with 2, most of the grid with none.
 * A list per vertex of only these modes makes the frame 4 times cheaper than rows that contain zeros (the figures are
 * in warping-renderer.ts).
 */
import { StructArray } from '../gpu/struct-layout';
import { SECONDARY_STEP } from '../kernels/keypoint-transform';
import { MOTION_STATE } from '../kernels/motion-state';
import { GRID_VERTEX, MESH_VERTEX } from '../kernels/struct-layouts';
import type { FaceModel } from '../weights/face-model';
import { triangulateGrid } from './adaptive-grid';
import type { PhotoGrid, PortraitBundle } from '../portrait-bundle/portrait-bundle';
import { TONGUE_MODES, tongueModes } from './tongue-motion';

/** Smaller displacements get no entry; canonical, IOD: a twentieth of a pixel at 160 px per IOD. */
const NEGLIGIBLE_IOD = 3e-4;
/** Smaller values of the fields of secondary motion get no entry, per IOD of the mode. */
const NEGLIGIBLE_FIELD = 0.01;
/** Displacement by the modes of secondary motion that the grid must be fine enough for. */
const PROBE_SECONDARY_IOD = 0.03;

/** Vertices and the lists that they refer to, as the header of the kernel describes them. */
export type MotionTable = { vertices: Float32Array<ArrayBuffer>; entries: Uint32Array<ArrayBuffer> };

/** The parts of a bundle that the mesh depends on. */
export type MovedMesh = Pick<PortraitBundle, 'mesh' | 'grid' | 'photo' | 'secondary'>;

/** Table of dense-motion.wgsl. */
export function packMesh(model: FaceModel, bundle: MovedMesh): MotionTable {
  const { mesh } = bundle;
  const count = mesh.source.length;
  const vertices = new StructArray(MESH_VERTEX, count);
  const entries: number[] = [];
  const { quantised, scale, count: modes } = model.expressions;
  for (let v = 0; v < count; v++) {
    const first = entries.length;
    for (let mode = 0; mode < modes; mode++) {
      const from = 3 * (mode * model.vertexCount + mesh.source[v]!);
      const [x, y, z] = [quantised[from]!, quantised[from + 1]!, quantised[from + 2]!];
      if (Math.hypot(x, y, z) * scale[mode]! < NEGLIGIBLE_IOD) continue;
      entries.push(((x & 255) | ((y & 255) << 8) | ((z & 255) << 16) | (mode << 24)) >>> 0);
    }
    if (v < mesh.faceVertexCount) entries.push(...secondaryEntries(bundle, v, modes));
    else entries.push(...tongueEntries(model, mesh.source[v]!));
    vertices.set(v, {
      rest: mesh.rest.subarray(3 * v, 3 * v + 3),
      gapCoord: mesh.gapCoord[v]!,
      gapWeight: mesh.gapWeight[v]!,
      first,
      end: entries.length,
      layer: v < mesh.faceVertexCount ? 0 : 1,
    });
  }
  return { vertices: vertices.data, entries: Uint32Array.from(entries.length ? entries : [0]) };
}

/** Entries of a mouth vertex for the tongue; dense-motion.wgsl finds their amounts further behind SHOWN in the motion state. */
function tongueEntries(model: FaceModel, source: number): number[] {
  const modes = tongueModes(model);
  const entries: number[] = [];
  for (let mode = 0; mode < TONGUE_MODES.length; mode++) {
    const at = 3 * (mode * model.vertexCount + source);
    const [x, y, z] = [modes[at]!, modes[at + 1]!, modes[at + 2]!];
    if (x === 0 && y === 0 && z === 0) continue;
    const slot = MOTION_STATE.tongue - MOTION_STATE.shown + mode;
    entries.push(((x & 255) | ((y & 255) << 8) | ((z & 255) << 16) | (slot << 24)) >>> 0);
  }
  return entries;
}

/** Entries of a face vertex for the modes of secondary motion, which come after the expressions. */
function secondaryEntries({ mesh, grid, photo, secondary }: MovedMesh, v: number, expressions: number): number[] {
  const { columns, rows } = grid;
  const x = Math.min(columns - 1.001, Math.max(0, (mesh.uv[2 * v]! / photo.width) * (columns - 1)));
  const y = Math.min(rows - 1.001, Math.max(0, (mesh.uv[2 * v + 1]! / photo.height) * (rows - 1)));
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - i, y - j];
  const entries: number[] = [];
  for (let mode = 0, start = 0; start < secondary.length; mode++, start += 2 * columns * rows) {
    const [dx, dy] = [0, 1].map((axis) => {
      const field = (di: number, dj: number): number => secondary[start + 2 * ((j + dj) * columns + i + di) + axis]!;
      return (1 - fy) * ((1 - fx) * field(0, 0) + fx * field(1, 0)) + fy * ((1 - fx) * field(0, 1) + fx * field(1, 1));
    }) as [number, number];
    if (Math.hypot(dx, dy) < NEGLIGIBLE_FIELD) continue;
    const [qx, qy] = [Math.round(dx / SECONDARY_STEP), Math.round(dy / SECONDARY_STEP)];
    entries.push(((qx & 255) | ((qy & 255) << 8) | ((expressions + mode) << 24)) >>> 0);
  }
  return entries;
}

/** Table of the photo grid. `order[k]` is the grid vertex in place k; only the first `moving` places are in `vertices`. */
export type GridTable = MotionTable & {
  moving: number;
  order: Uint32Array;
  /** u32[3 n], places. */
  triangles: Uint32Array<ArrayBuffer>;
};

/** The parts of a bundle that the photo grid depends on. */
export type MovedGrid = Pick<PortraitBundle, 'grid' | 'photo' | 'pose' | 'expression' | 'secondary'>;

/** Table of grid-motion.wgsl. Only vertices that the triangulation uses have a place; those that can move come first. */
export function packGrid(bundle: MovedGrid): GridTable {
  const { grid, photo, pose, secondary } = bundle;
  const expressionCount = bundle.expression.length;
  const { columns, rows } = grid;
  const count = columns * rows;
  const lists: number[][] = Array.from({ length: count }, () => []);
  const half = new Float16Bits();
  grid.expressions.forEach((expression, k) => {
    for (let v = 0; v < count; v++) {
      const at = 2 * (k * count + v);
      const [x, y] = [grid.basis[at]!, grid.basis[at + 1]!];
      if (Math.hypot(x, y) < NEGLIGIBLE_IOD) continue;
      lists[v]!.push(expression, half.of(x) | (half.of(y) << 16));
    }
  });
  for (let mode = 0; mode * 2 * count < secondary.length; mode++) {
    for (let v = 0; v < count; v++) {
      const at = 2 * (mode * count + v);
      const [x, y] = [secondary[at]!, secondary[at + 1]!];
      if (Math.hypot(x, y) < NEGLIGIBLE_FIELD) continue;
      lists[v]!.push(expressionCount + mode, half.of(x) | (half.of(y) << 16));
    }
  }
  const moves = (v: number): boolean => grid.rigid[v]! > 0 || lists[v]!.length > 0;
  const probes = Array.from({ length: secondary.length / (2 * count) }, (_, mode) =>
    secondary.subarray(2 * count * mode, 2 * count * (mode + 1)).map((x) => PROBE_SECONDARY_IOD * x),
  );
  const triangles = triangulateGrid(grid, pose, probes);
  const used = [...new Set(triangles)].toSorted((a, b) => a - b);
  const movers = used.filter(moves);
  const order = Uint32Array.from([...movers, ...used.filter((v) => !moves(v))]);
  const place = new Uint32Array(count);
  order.forEach((v, k) => (place[v] = k));

  const vertices = new StructArray(GRID_VERTEX, Math.max(1, movers.length));
  const entries: number[] = [];
  movers.forEach((v, place) => {
    const first = entries.length / 2;
    for (const word of lists[v]!) entries.push(word >>> 0);
    vertices.set(place, {
      canonical: grid.canonical.subarray(3 * v, 3 * v + 3),
      rigid: grid.rigid[v]!,
      rest: gridRest(grid, photo, v),
      first,
      end: entries.length / 2,
    });
  });
  return {
    vertices: vertices.data,
    entries: Uint32Array.from(entries.length ? entries : [0, 0]),
    moving: movers.length,
    order,
    triangles: triangles.map((v) => place[v]!) as Uint32Array<ArrayBuffer>,
  };
}

/** Position of grid vertex v in the rest pose, px. */
export function gridRest(grid: PhotoGrid, photo: { width: number; height: number }, v: number): [number, number] {
  const [i, j] = [v % grid.columns, Math.floor(v / grid.columns)];
  return [(i * photo.width) / (grid.columns - 1), (j * photo.height) / (grid.rows - 1)];
}

/** Bits of the nearest f16, for unpack2x16float; the values here are small and finite. */
class Float16Bits {
  readonly #float = new Float32Array(1);
  readonly #word = new Uint32Array(this.#float.buffer);

  of(value: number): number {
    this.#float[0] = value;
    const word = this.#word[0]!;
    const sign = (word >>> 16) & 0x8000;
    const exponent = ((word >>> 23) & 255) - 112;
    if (exponent <= 0) return sign; // below 6e-5 IOD: zero
    if (exponent >= 31) return sign | 0x7bff;
    const rounded = (exponent << 10) + ((word & 0x7fffff) >>> 13) + ((word >>> 12) & 1);
    return sign | rounded;
  }
}
