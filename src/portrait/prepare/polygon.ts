/** @file Closed polygons in the plane: inside test and signed distance. */

/** f32[n x 2]. */
export type Polygon = Float32Array;

/**
 * Distance of a point from a closed polygon, positive outside, negative inside (even-odd rule).
 */
export function signedDistance(polygon: Polygon, x: number, y: number): number {
  const n = polygon.length / 2;
  let inside = false;
  let best = Infinity;
  for (let i = 0, j = n - 1; i < n; j = i++) {
    const [ax, ay] = [polygon[2 * j]!, polygon[2 * j + 1]!];
    const [bx, by] = [polygon[2 * i]!, polygon[2 * i + 1]!];
    if (by > y !== ay > y && x < ((ax - bx) * (y - by)) / (ay - by) + bx) inside = !inside;
    const [ex, ey] = [bx - ax, by - ay];
    const t = Math.min(1, Math.max(0, ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey || 1)));
    best = Math.min(best, (x - ax - t * ex) ** 2 + (y - ay - t * ey) ** 2);
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
