/** @file Simplifies a triangle mesh by vertex clustering. */

/**
 * Merges the vertices in each cell of a regular lattice (Rossignac & Borrel, 1993). The vertex nearest to their mean
 * represents them all, so that expression modes and normals remain those of a real vertex.
 *
 * @param vertices f32[V x 3]
 * @param cell side of a lattice cell, in the unit of `vertices`
 * @param movable whether a vertex may be merged
 * @returns u32[3 n]: the triangles that did not collapse to a line, without pairs that collapsed to two sides of a
 *   sheet
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
    // A lattice plane lies at x = 0, so left and right of the face are divided symmetrically.
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
 * Removes pairs of triangles that have the same corners and face opposite ways: thin parts of the surface that
 * collapsed to a sheet. The surface is just as closed without them, and one of the two would always show its back.
 */
function withoutSheets(triangles: number[]): Uint32Array {
  const single = new Map<string, number>(); // sorted corners -> first index of a triangle that has no counterpart yet
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

/** Whether three different numbers are an even permutation of their ascending order; the same for any first corner. */
function isEven(a: number, b: number, c: number): boolean {
  return (b - a) * (c - b) * (c - a) > 0;
}

/** Upper bound of the number of cells along an axis, so that one number can identify a cell. */
const LATTICE_CELLS = 1 << 16;
