/** @file The contour of the face among the landmarks. */

import type { Polygon } from '../../core/polygon';

/** Contour of the face in MediaPipe's mesh, clockwise in the picture from the middle of the forehead. */
const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/** Contour of the face, px. @param landmarks f32[n x 3], px */
export function faceOval(landmarks: Float32Array): Polygon {
  return Float32Array.from(FACE_OVAL.flatMap((i) => [landmarks[3 * i]!, landmarks[3 * i + 1]!]));
}
