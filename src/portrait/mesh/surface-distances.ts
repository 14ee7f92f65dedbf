/** @file Distances along the surface of a triangle mesh. */

import type { Neighbours } from './neighbours';

/** Per vertex; Infinity and -1 for vertices that no path reaches. */
type SurfaceDistances = { distance: Float32Array; nearest: Int32Array };

/**
 * Lengths of the shortest paths along mesh edges (Dijkstra); slightly longer than the geodesic distance.
 *
 * @param vertices f32[V x 3]
 * @param sources vertices with distance 0
 * @param limit paths longer than this are not followed
 * @returns per vertex the distance and its nearest source
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
    if (heap.lastKey > d) continue; // an outdated, longer path to the same vertex
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

/** Binary heap of vertices, ordered by their keys. */
class MinHeap {
  readonly #keys: number[] = [];
  readonly #values: number[] = [];
  /** Key of the vertex that was popped last. */
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

  /** Removes the vertex with the smallest key; -1 if the heap is empty. */
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
