/**
 * @file Rasteriser: triangles to spans of pixels, row by row. A pixel belongs to a triangle when its centre lies inside; centres on an
 * edge that two triangles share belong to exactly one of them, because both compute the edge from the same numbers.
 *
 * The projection is orthographic, so depth and everything else that vertices carry is linear on the screen: a span is a start and a
 * step per pixel. One layer is drawn with one Shader; it alone decides what a pixel becomes.
 */
import type { Target } from './target';

/** Most numbers that a vertex carries besides its place. */
const MAX_VARYINGS = 8;

/** Colours the pixels of a span. */
export type Shader = {
  /**
   * @param start index of the first pixel in the target's arrays
   * @param end index after the last one
   * @param at depth, then the varyings, at the centre of the first pixel
   * @param step their change from pixel to pixel
   */
  span(start: number, end: number, at: Float64Array, step: Float64Array): void;
};

/** Triangles with what their vertices carry. */
export type Geometry = {
  /** u32[3 n]. */
  triangles: Uint32Array;
  /** f32[vertices x 3]: pixels of the picture, then depth. */
  positions: Float32Array;
  /** f32[vertices x stride]. */
  varyings: Float32Array;
  stride: number;
};

/** Which triangles are drawn: all, or those that run clockwise (1) or counter-clockwise (-1) on the screen, y down. */
export type Facing = 0 | 1 | -1;

const at = new Float64Array(1 + MAX_VARYINGS);
const step = new Float64Array(1 + MAX_VARYINGS);
const down = new Float64Array(1 + MAX_VARYINGS);

/** Draws the triangles in their order. */
export function fillTriangles(
  { width, height }: Target,
  { triangles, positions, varyings, stride }: Geometry,
  facing: Facing,
  shader: Shader,
): void {
  for (let t = 0; t < triangles.length; t += 3) {
    const a = triangles[t]!;
    const b = triangles[t + 1]!;
    const c = triangles[t + 2]!;
    const ax = positions[3 * a]!;
    const ay = positions[3 * a + 1]!;
    const bx = positions[3 * b]!;
    const by = positions[3 * b + 1]!;
    const cx = positions[3 * c]!;
    const cy = positions[3 * c + 1]!;
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (area === 0 || area * facing < 0) continue;
    const firstRow = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const endRow = Math.min(height, Math.ceil(Math.max(ay, by, cy) - 0.5));
    if (firstRow >= endRow) continue;
    const firstColumn = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const endColumn = Math.min(width, Math.ceil(Math.max(ax, bx, cx) - 0.5));
    if (firstColumn >= endColumn) continue;

    // Top, middle and bottom. An edge is always computed from its upper end, whichever triangle it belongs to.
    const top = ay <= by && ay <= cy ? a : by <= cy ? b : c;
    const bottom = cy >= ay && cy >= by ? c : by >= ay ? b : a;
    const middle = a !== top && a !== bottom ? a : b !== top && b !== bottom ? b : c;
    const tx = positions[3 * top]!;
    const ty = positions[3 * top + 1]!;
    const mx = positions[3 * middle]!;
    const my = positions[3 * middle + 1]!;
    const long = (positions[3 * bottom]! - tx) / (positions[3 * bottom + 1]! - ty);
    const upper = my > ty ? (mx - tx) / (my - ty) : 0;
    const fall = positions[3 * bottom + 1]! - my;
    const lower = fall > 0 ? (positions[3 * bottom]! - mx) / fall : 0;
    const bendsRight = mx > tx + (my - ty) * long;

    // Change of a varying along x and y: its differences to the first corner, times these.
    const inverse = 1 / area;
    const ux = (cy - ay) * inverse;
    const uy = (ax - cx) * inverse;
    const wx = (ay - by) * inverse;
    const wy = (bx - ax) * inverse;
    const z = positions[3 * a + 2]!;
    const toB = positions[3 * b + 2]! - z;
    const toC = positions[3 * c + 2]! - z;
    step[0] = toB * ux + toC * wx;
    down[0] = toB * uy + toC * wy;
    for (let k = 0; k < stride; k++) {
      const first = varyings[stride * a + k]!;
      const alongB = varyings[stride * b + k]! - first;
      const alongC = varyings[stride * c + k]! - first;
      step[k + 1] = alongB * ux + alongC * wx;
      down[k + 1] = alongB * uy + alongC * wy;
    }
    for (let row = firstRow; row < endRow; row++) {
      const y = row + 0.5;
      const straight = tx + (y - ty) * long;
      const bent = y < my ? tx + (y - ty) * upper : mx + (y - my) * lower;
      const start = Math.max(firstColumn, Math.ceil((bendsRight ? straight : bent) - 0.5));
      const end = Math.min(endColumn, Math.ceil((bendsRight ? bent : straight) - 0.5));
      if (start >= end) continue;
      const right = start + 0.5 - ax;
      const below = y - ay;
      at[0] = z + right * step[0]! + below * down[0]!;
      for (let k = 0; k < stride; k++)
        at[k + 1] = varyings[stride * a + k]! + right * step[k + 1]! + below * down[k + 1]!;
      shader.span(row * width + start, row * width + end, at, step);
    }
  }
}
