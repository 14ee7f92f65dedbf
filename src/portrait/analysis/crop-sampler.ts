/** @file Samples a rotated square of a picture as colour planes, the input format of the face networks. */

import type { RgbaImage } from '../../core/rgba-image';

/** A square in the picture, px. `angle`, in radians, rotates its x axis towards +y (clockwise on the screen). */
export type FaceRoi = { centreX: number; centreY: number; size: number; angle: number };

/**
 * Resamples the square `roi` of `image`. Pixel centres lie at k + 0.5 in both. If the square has more pixels than the
 * crop, every crop pixel is the mean of several bilinear samples, so that fine texture does not alias.
 *
 * @param size side of the crop, px
 * @param outside beyond the picture: repeat its edge, or black
 * @returns f32[3 x size x size], planes R, G, B, 0 ... 1
 */
export function sampleCrop(image: RgbaImage, roi: FaceRoi, size: number, outside: 'edge' | 'black'): Float32Array {
  const { width, height, data } = image;
  const plane = size * size;
  const out = new Float32Array(3 * plane);
  const scale = roi.size / size;
  const taps = Math.max(1, Math.round(scale));
  const cosine = Math.cos(roi.angle) * scale;
  const sine = Math.sin(roi.angle) * scale;
  const black = outside === 'black';
  const weight = 1 / (255 * taps * taps);
  // Scalars and no helper functions: the first portrait runs this loop before the engine has compiled it.
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = 0; tap < taps * taps; tap++) {
        const u = column + ((tap % taps) + 0.5) / taps - size / 2;
        const v = row + (Math.floor(tap / taps) + 0.5) / taps - size / 2;
        const x = roi.centreX + cosine * u - sine * v;
        const y = roi.centreY + sine * u + cosine * v;
        if (black && (x < 0 || y < 0 || x > width || y > height)) continue;
        const px = Math.min(Math.max(x - 0.5, 0), width - 1);
        const py = Math.min(Math.max(y - 0.5, 0), height - 1);
        const x0 = Math.floor(px);
        const y0 = Math.floor(py);
        const fx = px - x0;
        const fy = py - y0;
        const a = 4 * (y0 * width + x0);
        const b = x0 + 1 < width ? a + 4 : a;
        const below = y0 + 1 < height ? 4 * width : 0;
        const c = a + below;
        const d = b + below;
        const wa = (1 - fx) * (1 - fy);
        const wb = fx * (1 - fy);
        const wc = (1 - fx) * fy;
        const wd = fx * fy;
        red += wa * data[a]! + wb * data[b]! + wc * data[c]! + wd * data[d]!;
        green += wa * data[a + 1]! + wb * data[b + 1]! + wc * data[c + 1]! + wd * data[d + 1]!;
        blue += wa * data[a + 2]! + wb * data[b + 2]! + wc * data[c + 2]! + wd * data[d + 2]!;
      }
      const pixel = row * size + column;
      out[pixel] = red * weight;
      out[plane + pixel] = green * weight;
      out[2 * plane + pixel] = blue * weight;
    }
  }
  return out;
}
