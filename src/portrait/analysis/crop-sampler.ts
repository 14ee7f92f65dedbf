/** @file Cuts a turned square out of a picture as the planes that the face networks take. */

import type { RgbaImage } from '../portrait-bundle';
import type { FaceRoi } from './face-roi';

/**
 * Resamples the square `roi` of `image`. Pixel centres lie at k + 0.5 on both sides. Where the square is larger than the
 * crop every crop pixel is the mean of several bilinear taps, so that fine texture does not alias into the network.
 *
 * @param outside what lies beyond the picture: its edge goes on, or black
 * @returns f32[3 x size x size], planes R, G, B, 0 ... 1
 */
export function sampleCrop(image: RgbaImage, roi: FaceRoi, size: number, outside: 'edge' | 'black'): Float32Array {
  const { width, height, data } = image;
  const plane = size * size;
  const out = new Float32Array(3 * plane);
  const scale = roi.size / size;
  const taps = Math.max(1, Math.round(scale));
  const [cosine, sine] = [Math.cos(roi.angle) * scale, Math.sin(roi.angle) * scale];
  const weight = 1 / (255 * taps * taps);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let [red, green, blue] = [0, 0, 0];
      for (let tap = 0; tap < taps * taps; tap++) {
        const u = column + ((tap % taps) + 0.5) / taps - size / 2;
        const v = row + (Math.floor(tap / taps) + 0.5) / taps - size / 2;
        const x = roi.centreX + cosine * u - sine * v;
        const y = roi.centreY + sine * u + cosine * v;
        if (outside === 'black' && (x < 0 || y < 0 || x > width || y > height)) continue;
        const px = Math.min(Math.max(x - 0.5, 0), width - 1);
        const py = Math.min(Math.max(y - 0.5, 0), height - 1);
        const [x0, y0] = [Math.floor(px), Math.floor(py)];
        const [fx, fy] = [px - x0, py - y0];
        const right = x0 + 1 < width ? 4 : 0;
        const below = y0 + 1 < height ? 4 * width : 0;
        const at = 4 * (y0 * width + x0);
        const [a, b, c, d] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
        red += a * data[at]! + b * data[at + right]! + c * data[at + below]! + d * data[at + right + below]!;
        green +=
          a * data[at + 1]! + b * data[at + right + 1]! + c * data[at + below + 1]! + d * data[at + right + below + 1]!;
        blue +=
          a * data[at + 2]! + b * data[at + right + 2]! + c * data[at + below + 2]! + d * data[at + right + below + 2]!;
      }
      const pixel = row * size + column;
      out[pixel] = red * weight;
      out[plane + pixel] = green * weight;
      out[2 * plane + pixel] = blue * weight;
    }
  }
  return out;
}
