/** @file Pose of the head in the photo: the scaled orthographic camera that best projects 3-D points onto pixels. */

import { inverse3 } from '../../portrait-bundle/pose';
import type { PortraitPose } from '../../portrait-bundle/portrait-bundle';

/**
 * Weighted linear least squares for the 3 x 2 camera matrix M, then the nearest scaled rotation M (M'M)^(-1/2) (polar
 * decomposition). The result is not finite if the points are degenerate; the caller checks that.
 *
 * @param points f64[n x 3], canonical
 * @param pixels f64[n x 2]
 * @param weights f64[n], >= 0
 */
export function fitPose(points: Float64Array, pixels: Float64Array, weights: Float64Array): PortraitPose {
  const n = weights.length;
  const mean = [0, 0, 0];
  let [meanX, meanY, total] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const w = weights[i]!;
    for (let k = 0; k < 3; k++) mean[k] = mean[k]! + w * points[3 * i + k]!;
    meanX += w * pixels[2 * i]!;
    meanY += w * pixels[2 * i + 1]!;
    total += w;
  }
  for (let k = 0; k < 3; k++) mean[k] = mean[k]! / total;
  meanX /= total;
  meanY /= total;

  const c = new Float64Array(9); // X' W X
  const d = new Float64Array(6); // X' W P
  for (let i = 0; i < n; i++) {
    const w = weights[i]!;
    const x = [points[3 * i]! - mean[0]!, points[3 * i + 1]! - mean[1]!, points[3 * i + 2]! - mean[2]!];
    const px = pixels[2 * i]! - meanX;
    const py = pixels[2 * i + 1]! - meanY;
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) c[3 * a + b] = c[3 * a + b]! + w * x[a]! * x[b]!;
      d[2 * a] = d[2 * a]! + w * x[a]! * px;
      d[2 * a + 1] = d[2 * a + 1]! + w * x[a]! * py;
    }
  }
  const inverse = inverse3(c);
  const m = new Float64Array(6);
  for (let a = 0; a < 3; a++) {
    for (let k = 0; k < 2; k++) {
      for (let b = 0; b < 3; b++) m[2 * a + k] = m[2 * a + k]! + inverse[3 * a + b]! * d[2 * b + k]!;
    }
  }

  // Square root of the 2 x 2 matrix G = M'M: (G + sqrt(det) I) / sqrt(trace + 2 sqrt(det)).
  let [g00, g01, g11] = [0, 0, 0];
  for (let a = 0; a < 3; a++) {
    g00 += m[2 * a]! ** 2;
    g01 += m[2 * a]! * m[2 * a + 1]!;
    g11 += m[2 * a + 1]! ** 2;
  }
  const determinant = Math.sqrt(g00 * g11 - g01 * g01);
  const norm = Math.sqrt(g00 + g11 + 2 * determinant);
  const [s00, s01, s11] = [(g00 + determinant) / norm, g01 / norm, (g11 + determinant) / norm];
  const scale = (s00 + s11) / 2;
  const rotation = new Float32Array(9);
  for (let a = 0; a < 3; a++) {
    rotation[3 * a] = (s11 * m[2 * a]! - s01 * m[2 * a + 1]!) / determinant;
    rotation[3 * a + 1] = (s00 * m[2 * a + 1]! - s01 * m[2 * a]!) / determinant;
  }
  const [a0, a1, a2, b0, b1, b2] = [rotation[0]!, rotation[3]!, rotation[6]!, rotation[1]!, rotation[4]!, rotation[7]!];
  rotation[2] = a1 * b2 - a2 * b1;
  rotation[5] = a2 * b0 - a0 * b2;
  rotation[8] = a0 * b1 - a1 * b0;
  return {
    rotation,
    scale,
    translation: [
      meanX - scale * (mean[0]! * a0 + mean[1]! * a1 + mean[2]! * a2),
      meanY - scale * (mean[0]! * b0 + mean[1]! * b1 + mean[2]! * b2),
    ],
  };
}

/**
 * Pixels minus projected points, in IOD of the image plane.
 *
 * @param pixels f64[n x 2]
 * @param points f64[n x 3], canonical
 * @returns f64[n x 2]
 */
export function planeResidual(pose: PortraitPose, pixels: Float64Array, points: Float64Array): Float64Array {
  const r = pose.rotation;
  const out = new Float64Array(pixels.length);
  for (let k = 0; k < out.length / 2; k++) {
    for (let c = 0; c < 2; c++) {
      const at = points[3 * k]! * r[c]! + points[3 * k + 1]! * r[3 + c]! + points[3 * k + 2]! * r[6 + c]!;
      out[2 * k + c] = (pixels[2 * k + c]! - pose.translation[c]!) / pose.scale - at;
    }
  }
  return out;
}
