/**
 * @file Resampling with a windowed sinc. Unlike drawImage, whose filter is unspecified, it gives the same result in
 * every browser.
 */

import type { RgbaImage } from '../../core/rgba-image';

/** A rectangle in a picture, px. It may extend beyond the picture, whose edge is then repeated. */
export type PictureRect = { x: number; y: number; width: number; height: number };

const LOBES = 3;

/** Lanczos kernel with three lobes. */
function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const a = Math.PI * x;
  return (LOBES * Math.sin(a) * Math.sin(a / LOBES)) / (a * a);
}

/** For every target pixel along one axis: the indices of its source pixels and their weights, whose sum is 1. */
type AxisFilter = { taps: number; index: Int32Array; weight: Float32Array };

function axisFilter(sourceLength: number, start: number, length: number, targetLength: number): AxisFilter {
  const scale = length / targetLength;
  const stretch = Math.max(1, scale); // when reducing, the kernel is widened to the size of a target pixel
  const taps = Math.ceil(2 * LOBES * stretch) + 1;
  const index = new Int32Array(targetLength * taps);
  const weight = new Float32Array(targetLength * taps);
  for (let target = 0; target < targetLength; target++) {
    const centre = start + (target + 0.5) * scale - 0.5;
    const first = Math.ceil(centre - LOBES * stretch);
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const value = lanczos((first + tap - centre) / stretch);
      sum += value;
      index[target * taps + tap] = Math.min(Math.max(first + tap, 0), sourceLength - 1);
      weight[target * taps + tap] = value;
    }
    for (let tap = 0; tap < taps; tap++) weight[target * taps + tap]! /= sum;
  }
  return { taps, index, weight };
}

/**
 * Crops `rect` from `image` and resamples it to `width` x `height` (Lanczos-3, separable). Without scaling, and on
 * whole pixels, the result has exactly the source's pixels.
 */
export function resizeImage(image: RgbaImage, rect: PictureRect, width: number, height: number): RgbaImage {
  const columns = axisFilter(image.width, rect.x, rect.width, width);
  const rows = axisFilter(image.height, rect.y, rect.height, height);
  // Only source rows that a target row uses are processed.
  let [firstRow, lastRow] = [image.height, 0];
  for (const row of rows.index) {
    firstRow = Math.min(firstRow, row);
    lastRow = Math.max(lastRow, row);
  }
  const { data: source } = image;
  const { index, weight } = columns;
  const squeezed = new Float32Array((lastRow - firstRow + 1) * width * 3);
  for (let y = firstRow, out = 0; y <= lastRow; y++) {
    const line = 4 * y * image.width;
    for (let x = 0; x < width; x++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = x * columns.taps, end = tap + columns.taps; tap < end; tap++) {
        const at = line + 4 * index[tap]!;
        const share = weight[tap]!;
        red += share * source[at]!;
        green += share * source[at + 1]!;
        blue += share * source[at + 2]!;
      }
      squeezed[out++] = red;
      squeezed[out++] = green;
      squeezed[out++] = blue;
    }
  }
  const data = new Uint8ClampedArray(4 * width * height);
  const stride = 3 * width;
  const line = new Float32Array(stride);
  for (let y = 0; y < height; y++) {
    line.fill(0);
    for (let tap = y * rows.taps, end = tap + rows.taps; tap < end; tap++) {
      const share = rows.weight[tap]!;
      if (share === 0) continue;
      const at = (rows.index[tap]! - firstRow) * stride;
      for (let i = 0; i < stride; i++) line[i]! += share * squeezed[at + i]!;
    }
    for (let x = 0, from = 0, to = 4 * y * width; x < width; x++) {
      data[to++] = line[from++]!;
      data[to++] = line[from++]!;
      data[to++] = line[from++]!;
      data[to++] = 255;
    }
  }
  return { width, height, data };
}
