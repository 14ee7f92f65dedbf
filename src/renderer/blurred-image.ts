/** @file A blurred image, as small as the blur allows: linear filtering enlarges it without visible steps. */
import type { RgbaImage } from '../core/rgba-image';
import { gaussianBlur } from '../core/smooth';

/** Cells per standard deviation. More would not be visible with linear filtering. */
const BLUR_CELLS = 4;
const MAX_SIDE = 512;

export type BlurredImage = { width: number; height: number; data: Float32Array };

/** f32[height x width x 3], 0 ... 255, on a grid as coarse as the blur allows. @param sigma standard deviation, px of the image */
export function blurred(image: RgbaImage, sigma: number): BlurredImage {
  const cell = Math.max(1, sigma / BLUR_CELLS, Math.max(image.width, image.height) / MAX_SIDE);
  const width = Math.max(1, Math.round(image.width / cell));
  const height = Math.max(1, Math.round(image.height / cell));
  const data = new Float32Array(3 * width * height);
  const counts = new Float32Array(width * height);
  for (let y = 0, k = 0; y < image.height; y++) {
    const row = Math.floor((y * height) / image.height) * width;
    for (let x = 0; x < image.width; x++, k++) {
      const at = row + Math.floor((x * width) / image.width);
      counts[at]!++;
      for (let c = 0; c < 3; c++) data[3 * at + c]! += image.data[4 * k + c]!;
    }
  }
  for (let i = 0; i < data.length; i++) data[i]! /= counts[Math.floor(i / 3)]!;
  gaussianBlur(data, width, height, 3, sigma / cell);
  return { width, height, data };
}
