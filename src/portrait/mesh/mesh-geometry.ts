/** @file Plain geometry of triangle meshes: neighbours, distances along the surface, normals. */

/** ICT's narrow face area is its first vertices: brow to chin, without ears and neck. */
export const NARROW_FACE_VERTICES = 6706;

/** Neighbours of every vertex in compressed rows: those of v are `index[start[v]] ... index[start[v + 1] - 1]`. */
export type Neighbours = { start: Uint32Array; index: Uint32Array };

/**
 * Edges of a mesh.
 *
 * @param triangles u32[3 n], or a part of it
 * @param vertexCount vertices without a triangle simply have no neighbours
 */
export function buildNeighbours(triangles: Uint32Array, vertexCount: number): Neighbours {
  const sets: number[][] = Array.from({ length: vertexCount }, () => []);
  const link = (a: number, b: number): void => {
    const list = sets[a]!;
    if (!list.includes(b)) list.push(b);
  };
  for (let t = 0; t < triangles.length; t += 3) {
    for (let k = 0; k < 3; k++) {
      const a = triangles[t + k]!;
      const b = triangles[t + ((k + 1) % 3)]!;
      link(a, b);
      link(b, a);
    }
  }
  const start = new Uint32Array(vertexCount + 1);
  for (let v = 0; v < vertexCount; v++) start[v + 1] = start[v]! + sets[v]!.length;
  const index = new Uint32Array(start[vertexCount]!);
  sets.forEach((list, v) => index.set(list, start[v]!));
  return { start, index };
}

/** Result of {@link surfaceDistances}: Infinity and -1 where nothing was reached. */
export type SurfaceDistances = { distance: Float32Array; nearest: Int32Array };

/**
 * Shortest paths along mesh edges (Dijkstra), a slight overestimate of geodesic distance.
 *
 * @param vertices f32[V x 3]
 * @param sources vertices at distance 0
 * @param limit paths longer than this are not followed
 * @returns per vertex the distance and the source that it belongs to
 */
export function surfaceDistances(
  vertices: Float32Array,
  neighbours: Neighbours,
  sources: Iterable<number>,
  limit = Infinity,
): SurfaceDistances {
  const count = neighbours.start.length - 1;
  const distance = new Float32Array(count).fill(Infinity);
  const nearest = new Int32Array(count).fill(-1);
  const heap = new MinHeap();
  for (const v of sources) {
    distance[v] = 0;
    nearest[v] = v;
    heap.push(0, v);
  }
  for (let v = heap.pop(); v >= 0; v = heap.pop()) {
    const d = distance[v]!;
    if (heap.lastKey > d) continue; // an older, longer entry of the same vertex
    for (let i = neighbours.start[v]!; i < neighbours.start[v + 1]!; i++) {
      const w = neighbours.index[i]!;
      const next = Math.fround(
        d +
          Math.sqrt(
            (vertices[3 * v]! - vertices[3 * w]!) ** 2 +
              (vertices[3 * v + 1]! - vertices[3 * w + 1]!) ** 2 +
              (vertices[3 * v + 2]! - vertices[3 * w + 2]!) ** 2,
          ),
      );
      if (next < distance[w]! && next <= limit) {
        distance[w] = next;
        nearest[w] = nearest[v]!;
        heap.push(next, w);
      }
    }
  }
  return { distance, nearest };
}

/** Binary heap of (key, vertex). */
class MinHeap {
  readonly #keys: number[] = [];
  readonly #values: number[] = [];
  /** Key of the last popped vertex. */
  lastKey = 0;

  push(key: number, value: number): void {
    let i = this.#keys.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#keys[parent]! <= key) break;
      this.#keys[i] = this.#keys[parent]!;
      this.#values[i] = this.#values[parent]!;
      i = parent;
    }
    this.#keys[i] = key;
    this.#values[i] = value;
  }

  /** Vertex of the smallest key, -1 when empty. */
  pop(): number {
    const top = this.#values[0];
    if (top === undefined) return -1;
    this.lastKey = this.#keys[0]!;
    const key = this.#keys.pop()!;
    const value = this.#values.pop()!;
    const size = this.#keys.length;
    if (size > 0) {
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= size) break;
        if (child + 1 < size && this.#keys[child + 1]! < this.#keys[child]!) child++;
        if (this.#keys[child]! >= key) break;
        this.#keys[i] = this.#keys[child]!;
        this.#values[i] = this.#values[child]!;
        i = child;
      }
      this.#keys[i] = key;
      this.#values[i] = value;
    }
    return top;
  }
}

/**
 * Area-weighted unit normals, pointing to the side from which triangles run counter-clockwise with y up
 * (outwards for the face model in its canonical, y-down space).
 *
 * @param vertices f32[V x 3]
 * @param triangles u32[3 n]; vertices without a triangle get (0, 0, 0)
 */
export function vertexNormals(vertices: Float32Array, triangles: Uint32Array): Float32Array {
  const normals = new Float32Array(vertices.length);
  for (let t = 0; t < triangles.length; t += 3) {
    // Plain numbers, here and in the other loops over the model: the first portrait runs them uncompiled.
    const a = 3 * triangles[t]!;
    const b = 3 * triangles[t + 1]!;
    const c = 3 * triangles[t + 2]!;
    const ux = vertices[b]! - vertices[a]!;
    const uy = vertices[b + 1]! - vertices[a + 1]!;
    const uz = vertices[b + 2]! - vertices[a + 2]!;
    const vx = vertices[c]! - vertices[a]!;
    const vy = vertices[c + 1]! - vertices[a + 1]!;
    const vz = vertices[c + 2]! - vertices[a + 2]!;
    // Canonical space flips y and z of the model's axes, two mirrorings: orientation is kept.
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    for (let k = 0; k < 3; k++) {
      const i = k === 0 ? a : k === 1 ? b : c;
      normals[i] = normals[i]! + nx;
      normals[i + 1] = normals[i + 1]! + ny;
      normals[i + 2] = normals[i + 2]! + nz;
    }
  }
  for (let i = 0; i < normals.length; i += 3) {
    const length = Math.hypot(normals[i]!, normals[i + 1]!, normals[i + 2]!) || 1;
    normals[i] = normals[i]! / length;
    normals[i + 1] = normals[i + 1]! / length;
    normals[i + 2] = normals[i + 2]! / length;
  }
  return normals;
}

/** The triangles of a vertex range's part. */
export function partTriangles(triangles: Uint32Array, range: readonly [number, number]): Uint32Array {
  return triangles.subarray(3 * range[0], 3 * range[1]);
}

/**
 * Vertex clustering on a regular lattice (Rossignac & Borrel, 1993); a cell is represented by the vertex nearest to its
 * mean, so that modes and normals stay those of a real vertex.
 *
 * @param vertices f32[V x 3]
 * @param cell size of a lattice cell, unit of `vertices`
 * @param movable vertices that may be merged; the others stay as they are
 * @returns u32[3 n]: `triangles` without those that collapsed to a line, or two of them to the two sides of a sheet
 */
export function clusterTriangles(
  vertices: Float32Array,
  triangles: Uint32Array,
  cell: number,
  movable: (vertex: number) => boolean,
): Uint32Array {
  const cells = new Map<number, number[]>();
  const visited = new Uint8Array(vertices.length / 3);
  for (const v of triangles) {
    if (visited[v]) continue;
    visited[v] = 1;
    if (!movable(v)) continue;
    // Left and right are cut symmetrically: lattice lines run through x = 0.
    let key = 0;
    for (let k = 0; k < 3; k++) key = key * LATTICE_CELLS + Math.floor(vertices[3 * v + k]! / cell) + LATTICE_CELLS / 2;
    const list = cells.get(key);
    if (list) list.push(v);
    else cells.set(key, [v]);
  }
  const representative = Int32Array.from(visited, (_, v) => v);
  for (const list of cells.values()) {
    const mean = [0, 0, 0];
    for (const v of list) for (let k = 0; k < 3; k++) mean[k]! += vertices[3 * v + k]! / list.length;
    let best = -1;
    let least = Infinity;
    for (const v of list) {
      let square = 0;
      for (let k = 0; k < 3; k++) square += (vertices[3 * v + k]! - mean[k]!) ** 2;
      if (square < least) [best, least] = [v, square];
    }
    for (const v of list) representative[v] = best;
  }
  const out: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const a = representative[triangles[t]!]!;
    const b = representative[triangles[t + 1]!]!;
    const c = representative[triangles[t + 2]!]!;
    if (a !== b && b !== c && c !== a) out.push(a, b, c);
  }
  return withoutSheets(out);
}

/**
 * Without pairs of triangles that have the same corners and face opposite ways: thin parts of the surface that collapsed to a
 * sheet. It encloses nothing, the surface is as closed without it, and one of the two would always show its back.
 */
function withoutSheets(triangles: number[]): Uint32Array {
  const single = new Map<string, number>(); // corners, ascending -> first index of a triangle without a counterpart
  const removed = new Set<number>();
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = triangles.slice(t, t + 3) as [number, number, number];
    const key = [a, b, c].sort((x, y) => x - y).join();
    const other = single.get(key);
    if (other === undefined) single.set(key, t);
    else if (isEven(a, b, c) !== isEven(triangles[other]!, triangles[other + 1]!, triangles[other + 2]!)) {
      removed.add(t).add(other);
      single.delete(key);
    }
  }
  return Uint32Array.from(triangles.filter((_, i) => !removed.has(i - (i % 3))));
}

/** Whether three different numbers are an even permutation of their order: the same for every first corner. */
function isEven(a: number, b: number, c: number): boolean {
  return (b - a) * (c - b) * (c - a) > 0;
}

/** More cells of the lattice than lie along an axis, so that one number can name a cell. */
const LATTICE_CELLS = 1 << 16;
