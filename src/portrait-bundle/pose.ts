/** @file The scaled orthographic camera of a portrait: canonical points to pixels of the photo and back. */

import type { PortraitPose } from './portrait-bundle';

/** Inverse of a 3 x 3 matrix, row-major; not finite if the matrix is singular. */
export function inverse3(m: Float64Array): Float64Array {
  const [a, b, c, d, e, f, g, h, i] = m as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [A, B, C] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const determinant = a * A + b * B + c * C;
  const inverse = [A, c * h - b * i, b * f - c * e, B, a * i - c * g, c * d - a * f, C, b * g - a * h, a * e - b * d];
  return Float64Array.from(inverse, (x) => x / determinant);
}

/** Projects canonical points. @param vertices f32[n x 3] @returns f32[n x 2], px */
export function project(pose: PortraitPose, vertices: ArrayLike<number>): Float32Array {
  const r = pose.rotation;
  const out = new Float32Array((2 * vertices.length) / 3);
  for (let v = 0, o = 0; v < vertices.length; v += 3, o += 2) {
    const [x, y, z] = [vertices[v]!, vertices[v + 1]!, vertices[v + 2]!];
    out[o] = pose.scale * (x * r[0]! + y * r[3]! + z * r[6]!) + pose.translation[0];
    out[o + 1] = pose.scale * (x * r[1]! + y * r[4]! + z * r[7]!) + pose.translation[1];
  }
  return out;
}

/** Canonical point p of a pixel at depth z = (p R).z in camera space, IOD. */
export function unproject(pose: PortraitPose, px: number, py: number, z: number): [number, number, number] {
  const r = pose.rotation;
  const x = (px - pose.translation[0]) / pose.scale;
  const y = (py - pose.translation[1]) / pose.scale;
  return [x * r[0]! + y * r[1]! + z * r[2]!, x * r[3]! + y * r[4]! + z * r[5]!, x * r[6]! + y * r[7]! + z * r[8]!];
}

/** Depth of canonical points in camera space, away from the viewer, IOD. @param vertices f32[n x 3] @returns f32[n] */
export function cameraDepth(pose: PortraitPose, vertices: ArrayLike<number>): Float32Array {
  const r = pose.rotation;
  const out = new Float32Array(vertices.length / 3);
  for (let v = 0, o = 0; v < vertices.length; v += 3, o++)
    out[o] = vertices[v]! * r[2]! + vertices[v + 1]! * r[5]! + vertices[v + 2]! * r[8]!;
  return out;
}
