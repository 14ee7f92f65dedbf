/** @file Points and closed polygons in the plane: bounding boxes and signed distance. */

/** f32[n x 2], x and y of each corner. */
export type Polygon = Float32Array;

/** Left, top, right, bottom; y down. */
export type Box = [left: number, top: number, right: number, bottom: number];

/**
 * Smallest box that holds all points.
 *
 * @param points x and y of each point, optionally followed by other numbers
 * @param stride numbers per point
 */
export function extentOf(points: ArrayLike<number>, stride: 2 | 3 = 2): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += stride) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
    top = Math.min(top, points[i + 1]!);
    bottom = Math.max(bottom, points[i + 1]!);
  }
  return [left, top, right, bottom];
}

/** Whole pixels that cover the polygons and a margin, inside the image; at least one pixel wide and high. */
export function boundingBox(polygons: Polygon[], margin: number, image: { width: number; height: number }): Box {
  const extents = polygons.map((polygon) => extentOf(polygon));
  const low = (side: 0 | 1): number => Math.floor(Math.min(...extents.map((extent) => extent[side])) - margin);
  const high = (side: 2 | 3): number => Math.ceil(Math.max(...extents.map((extent) => extent[side])) + margin);
  const x0 = Math.min(image.width - 1, Math.max(0, low(0)));
  const y0 = Math.min(image.height - 1, Math.max(0, low(1)));
  return [x0, y0, Math.max(x0 + 1, Math.min(image.width, high(2))), Math.max(y0 + 1, Math.min(image.height, high(3)))];
}

/** Distance of a point from the edge of a closed polygon: positive outside, negative inside (even-odd rule). */
export function signedDistance(polygon: Polygon, x: number, y: number): number {
  let inside = false;
  let best = Infinity;
  // No arrays in this loop: the preparation of a portrait calls this tens of thousands of times.
  let ax = polygon[polygon.length - 2]!;
  let ay = polygon[polygon.length - 1]!;
  for (let i = 0; i < polygon.length; i += 2) {
    const bx = polygon[i]!;
    const by = polygon[i + 1]!;
    if (by > y !== ay > y && x < ((ax - bx) * (y - by)) / (ay - by) + bx) inside = !inside;
    const ex = bx - ax;
    const ey = by - ay;
    const t = Math.min(1, Math.max(0, ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey || 1)));
    const dx = x - ax - t * ex;
    const dy = y - ay - t * ey;
    best = Math.min(best, dx * dx + dy * dy);
    ax = bx;
    ay = by;
  }
  return inside ? -Math.sqrt(best) : Math.sqrt(best);
}
