/** @file Smaller copies of an image, because a portrait may be drawn far smaller than its photo, and the curve of sRGB. */
import type { RgbaImage } from '../core/rgba-image';

/** All levels down to one pixel; averages linear light (sRGB decoded), as optical blur does. */
export function mipmaps(image: RgbaImage): RgbaImage[] {
  const levels = [image];
  for (let level = image; level.width > 1 || level.height > 1; levels.push(level)) level = halved(level);
  return levels;
}

const SRGB_STEPS = 4096;
/** Linear light of an sRGB (or Display-P3) value, both 0 ... 1. */
export function srgbToLight(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
/** sRGB value, 0 ... 255, of linear light; light outside 0 ... 1 is clipped. */
export function lightToSrgb(light: number): number {
  return toSrgb[Math.round(Math.min(1, Math.max(0, light)) * SRGB_STEPS)]!;
}
const toLight = Float32Array.from({ length: 256 }, (_, i) => srgbToLight(i / 255));
const toSrgb = Uint8Array.from({ length: SRGB_STEPS + 1 }, (_, i) => {
  const light = i / SRGB_STEPS;
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
});

/** Half as wide and high, at least one pixel; averages linear light. */
export function halved({ width, height, data }: RgbaImage): RgbaImage {
  const [w, h] = [Math.max(1, width >> 1), Math.max(1, height >> 1)];
  const out = new Uint8ClampedArray(4 * w * h);
  for (let y = 0; y < h; y++) {
    const [top, bottom] = [Math.min(2 * y, height - 1) * width, Math.min(2 * y + 1, height - 1) * width];
    for (let x = 0; x < w; x++) {
      const [left, right] = [Math.min(2 * x, width - 1), Math.min(2 * x + 1, width - 1)];
      const corners = [4 * (top + left), 4 * (top + right), 4 * (bottom + left), 4 * (bottom + right)] as const;
      const at = 4 * (y * w + x);
      for (let c = 0; c < 3; c++) {
        let light = 0;
        for (const corner of corners) light += toLight[data[corner + c]!]!;
        out[at + c] = lightToSrgb(light / 4);
      }
      let alpha = 0;
      for (const corner of corners) alpha += data[corner + 3]!;
      out[at + 3] = alpha / 4;
    }
  }
  return { width: w, height: h, data: out };
}
