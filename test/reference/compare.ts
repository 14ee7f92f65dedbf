/** @file Comparison of number arrays and of images. */
import type { RgbaImage } from '../../src/core/rgba-image';

/** Largest absolute difference. NaN anywhere gives NaN, which fails every comparison. @throws Error when lengths differ */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`The arrays differ in length: ${a.length} and ${b.length}.`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

/** Peak signal-to-noise ratio over the pixels that `inside` accepts, dB; Infinity when they are equal. */
export function psnr(a: RgbaImage, b: RgbaImage, inside: (x: number, y: number) => boolean = () => true): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < a.height; y++) {
    for (let x = 0; x < a.width; x++) {
      if (!inside(x, y)) continue;
      const at = 4 * (y * a.width + x);
      for (let c = 0; c < 3; c++) sum += (a.data[at + c]! - b.data[at + c]!) ** 2;
      count += 3;
    }
  }
  return 10 * Math.log10((255 * 255 * count) / sum);
}
