/**
 * @file Blurs what was added beyond the edge of a picture. Repeated edge pixels look like streaks, so they are blurred
 * more the further they lie from the real picture.
 */

import type { RgbaImage } from '../../core/rgba-image';
import type { PictureRect } from './image-resize';

/** Radius of the blur as a share of the distance from the real picture. */
const RADIUS_PER_DISTANCE = 0.6;

/** Summed-area table, f64[(height + 1) x (width + 1) x 3]: gives the sum over any rectangle in constant time. */
function summedArea({ width, height, data }: RgbaImage): Float64Array {
  const stride = 3 * (width + 1);
  const sums = new Float64Array((height + 1) * stride);
  for (let y = 0; y < height; y++) {
    for (let c = 0; c < 3; c++) {
      let line = 0;
      for (let x = 0; x < width; x++) {
        line += data[4 * (y * width + x) + c]!;
        sums[(y + 1) * stride + 3 * (x + 1) + c] = sums[y * stride + 3 * (x + 1) + c]! + line;
      }
    }
  }
  return sums;
}

/**
 * Blurs everything outside `real`.
 *
 * @param real the part that is the real picture, px; it is not changed
 */
export function blurOutside(image: RgbaImage, real: PictureRect): RgbaImage {
  const { width, height } = image;
  let data = image.data;
  // Two passes of a box filter approximate a tent filter, which leaves no visible edges.
  for (let pass = 0; pass < 2; pass++) {
    const sums = summedArea({ width, height, data });
    const next = data.slice();
    const stride = 3 * (width + 1);
    for (let y = 0; y < height; y++) {
      const dy = Math.max(real.y - y - 0.5, y + 0.5 - real.y - real.height, 0);
      for (let x = 0; x < width; x++) {
        const dx = Math.max(real.x - x - 0.5, x + 0.5 - real.x - real.width, 0);
        const radius = Math.round(Math.hypot(dx, dy) * RADIUS_PER_DISTANCE);
        if (radius === 0) continue;
        const [left, right] = [Math.max(x - radius, 0), Math.min(x + radius + 1, width)];
        const [top, bottom] = [Math.max(y - radius, 0), Math.min(y + radius + 1, height)];
        const area = (right - left) * (bottom - top);
        for (let c = 0; c < 3; c++) {
          const sum =
            sums[bottom * stride + 3 * right + c]! -
            sums[top * stride + 3 * right + c]! -
            sums[bottom * stride + 3 * left + c]! +
            sums[top * stride + 3 * left + c]!;
          next[4 * (y * width + x) + c] = sum / area;
        }
      }
    }
    data = next;
  }
  return { width, height, data };
}
