/** @file Points and closed polygons in the plane: extent, inside test and signed distance. */

/** f32[n x 2]. */
export type Polygon = Float32Array;

/** Left, top, right and bottom of points f32[n x 2], y down. */
export function extentOf(points: Float32Array): [number, number, number, number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
    top = Math.min(top, points[i + 1]!);
    bottom = Math.max(bottom, points[i + 1]!);
  }
  return [left, top, right, bottom];
}

/**
 * Distance of a point from a closed polygon, positive outside, negative inside (even-odd rule).
 */
export function signedDistance(polygon: Polygon, x: number, y: number): number {
  let inside = false;
  let best = Infinity;
  // Plain numbers: preparation comes here ten thousand times.
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

/** Contour of the face in MediaPipe's mesh, clockwise in the picture from the forehead. */
const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/** Face contour of landmarks. @param landmarks f32[n x 3], px */
export function faceOval(landmarks: Float32Array): Polygon {
  return Float32Array.from(FACE_OVAL.flatMap((i) => [landmarks[3 * i]!, landmarks[3 * i + 1]!]));
}
