/**
 * @file Packs a portrait's mesh and photo grid into the tables that the warp kernels read.
 *
 * Why tables: of 53 expressions a face vertex moves with 14 on average, a tooth with 2, most of the grid with none. A list a
 * vertex of only those makes the frame 4 times cheaper than rows with zeros in them (src/renderer/webgpu/warping-renderer.ts has
 * the figures).
 */
import { DENSE_VERTEX_STRIDE } from '../../kernels/dense-motion';
import { GRID_VERTEX_STRIDE } from '../../kernels/grid-motion';
import { SECONDARY_STEP } from '../../kernels/keypoint-transform';
import { MOTION_STATE } from '../../kernels/motion-state';
import type { FaceModel } from '../../weights/face-model';
import { triangulateGrid } from '../adaptive-grid';
import type { PhotoGrid, PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import { TONGUE_MODES, tongueModes } from '../tongue-motion';

/** Displacements below this are not worth an entry; canonical, IOD: a twentieth of a pixel at 160 px per IOD. */
const NEGLIGIBLE_IOD = 3e-4;
/** Secondary motion is smaller: its fields count from here, per IOD of the mode. */
const NEGLIGIBLE_FIELD = 0.01;
/** How far the modes move when the grid is made as fine as they need. */
const PROBE_SECONDARY_IOD = 0.03;

/** A table of vertices and the lists they point into; see the kernel's header for the layout. */
export type MotionTable = { vertices: Float32Array<ArrayBuffer>; entries: Uint32Array<ArrayBuffer> };

/** What moves the mesh. */
export type MovedMesh = Pick<PortraitBundle, 'mesh' | 'grid' | 'photo' | 'secondary'>;

/** Table of dense-motion.wgsl. */
export function packMesh(model: FaceModel, bundle: MovedMesh): MotionTable {
  const { mesh } = bundle;
  const count = mesh.source.length;
  const vertices = new Float32Array(count * DENSE_VERTEX_STRIDE);
  const words = new Uint32Array(vertices.buffer);
  const entries: number[] = [];
  const { quantised, scale, count: modes } = model.expressions;
  for (let v = 0; v < count; v++) {
    const at = v * DENSE_VERTEX_STRIDE;
    vertices.set(mesh.rest.subarray(3 * v, 3 * v + 3), at);
    vertices[at + 3] = mesh.gapCoord[v]!;
    vertices[at + 4] = mesh.gapWeight[v]!;
    words[at + 5] = entries.length;
    for (let mode = 0; mode < modes; mode++) {
      const from = 3 * (mode * model.vertexCount + mesh.source[v]!);
      const [x, y, z] = [quantised[from]!, quantised[from + 1]!, quantised[from + 2]!];
      if (Math.hypot(x, y, z) * scale[mode]! < NEGLIGIBLE_IOD) continue;
      entries.push(((x & 255) | ((y & 255) << 8) | ((z & 255) << 16) | (mode << 24)) >>> 0);
    }
    if (v < mesh.faceVertexCount) entries.push(...secondaryEntries(bundle, v, modes));
    else entries.push(...tongueEntries(model, mesh.source[v]!));
    words[at + 6] = entries.length;
    vertices[at + 7] = v < mesh.faceVertexCount ? 0 : 1;
  }
  return { vertices, entries: Uint32Array.from(entries.length ? entries : [0]) };
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

/** Entries of a face vertex for the modes of secondary motion, which come behind the expressions. */
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

/** The grid's table: `order[k]` is the grid vertex at place k; the first `moving` places are in the kernel's table. */
export type GridTable = MotionTable & {
  moving: number;
  order: Uint32Array;
  /** u32[3 n], places. */
  triangles: Uint32Array<ArrayBuffer>;
};

/** What moves the photo's grid. */
export type MovedGrid = Pick<PortraitBundle, 'grid' | 'photo' | 'pose' | 'expression' | 'secondary'>;

/** Table of grid-motion.wgsl, of the vertices that the triangulation uses; those that can move come first. */
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

  const vertices = new Float32Array(Math.max(1, movers.length) * GRID_VERTEX_STRIDE);
  const words = new Uint32Array(vertices.buffer);
  const entries: number[] = [];
  movers.forEach((v, place) => {
    const at = place * GRID_VERTEX_STRIDE;
    vertices.set(grid.canonical.subarray(3 * v, 3 * v + 3), at);
    vertices[at + 3] = grid.rigid[v]!;
    vertices.set(gridRest(grid, photo, v), at + 4);
    words[at + 6] = entries.length / 2;
    for (const word of lists[v]!) entries.push(word >>> 0);
    words[at + 7] = entries.length / 2;
  });
  return {
    vertices,
    entries: Uint32Array.from(entries.length ? entries : [0, 0]),
    moving: movers.length,
    order,
    triangles: triangles.map((v) => place[v]!) as Uint32Array<ArrayBuffer>,
  };
}

/** Where grid vertex v rests, px. */
export function gridRest(grid: PhotoGrid, photo: { width: number; height: number }, v: number): [number, number] {
  const [i, j] = [v % grid.columns, Math.floor(v / grid.columns)];
  return [(i * photo.width) / (grid.columns - 1), (j * photo.height) / (grid.rows - 1)];
}

/** Bits of the nearest binary16, for unpack2x16float; the values here are small and finite. */
class Float16Bits {
  readonly #float = new Float32Array(1);
  readonly #word = new Uint32Array(this.#float.buffer);

  of(value: number): number {
    this.#float[0] = value;
    const word = this.#word[0]!;
    const sign = (word >>> 16) & 0x8000;
    const exponent = ((word >>> 23) & 255) - 112;
    if (exponent <= 0) return sign; // below 6e-5 IOD: nothing
    if (exponent >= 31) return sign | 0x7bff;
    const rounded = (exponent << 10) + ((word & 0x7fffff) >>> 13) + ((word >>> 12) & 1);
    return sign | rounded;
  }
}
