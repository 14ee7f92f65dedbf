/** @file A rectangular part of the photo as numbers. */

import { luma } from '../../../core/luma';
import type { RgbaImage } from '../../../core/rgba-image';

/** Luma of pixel `k` of colours f32[n x 3]. */
export function lumaOf(colour: Float32Array, k: number): number {
  return luma(colour[3 * k]!, colour[3 * k + 1]!, colour[3 * k + 2]!);
}

/**
 * Colours f32[height x width x 3] and luma f32[height x width] of a crop, 0 ... 255. Rows below the photo repeat its
 * last row.
 */
export function photoCrop(
  photo: RgbaImage,
  x0: number,
  y0: number,
  width: number,
  height: number,
): { colour: Float32Array; luma: Float32Array } {
  const colour = new Float32Array(3 * width * height);
  const luma = new Float32Array(width * height);
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * (Math.min(photo.height - 1, y0 + y) * photo.width + x0 + x);
      for (let c = 0; c < 3; c++) colour[3 * k + c] = photo.data[o + c]!;
      luma[k] = lumaOf(colour, k);
    }
  return { colour, luma };
}
