/** @file Which vertices of a triangle mesh share an edge. */

/** Neighbours of every vertex as compressed rows: those of v are `index[start[v]] ... index[start[v + 1] - 1]`. */
export type Neighbours = { start: Uint32Array; index: Uint32Array };

/**
 * Neighbours along the edges of a mesh.
 *
 * @param triangles u32[3 n]
 * @param vertexCount number of vertices; those without a triangle have no neighbours
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
