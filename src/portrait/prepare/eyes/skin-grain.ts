/** @file The fine texture of skin: pores, film grain, brush strokes. */

import { gaussianBlur, smoothstep } from '../../../core/smooth';
import type { Box } from '../../../core/polygon';
import type { RgbaImage } from '../../../core/rgba-image';
import { photoCrop } from './photo-crop';

/** The grain is taken from the cheek, this far below. */
const GRAIN_OFFSET_IOD = 0.26;
/** Grain is the detail that this blur removes. */
const GRAIN_BLUR_IOD = 0.02;
/** Values beyond these multiples of the standard deviation are lines, not grain, and fade out. */
const GRAIN_LIMIT = [1.5, 3] as const;

/**
 * Grain for the skin in a box, as fractions of the brightness: that of the cheek below the box, reduced to the strength
 * of the grain on the clean skin in the box.
 *
 * @param luma f32[height x width] of the box
 * @param clean f32[height x width], 0 ... 1: clean skin
 * @param scale px per IOD
 * @returns f32[height x width]
 */
export function skinGrain(
  photo: RgbaImage,
  luma: Float32Array,
  clean: Float32Array,
  [x0, y0, x1, y1]: Box,
  scale: number,
): Float32Array {
  const [width, height] = [x1 - x0, y1 - y0];
  const fine = (of: Float32Array): Float32Array => {
    const smooth = of.slice();
    gaussianBlur(smooth, width, height, 1, Math.max(0.8, GRAIN_BLUR_IOD * scale));
    return of.map((value, k) => value / Math.max(smooth[k]!, 1) - 1);
  };
  const wanted = robustDeviation(fine(luma), (k) => clean[k]! > 0.5);
  const grain = fine(photoCrop(photo, x0, y0 + Math.round(GRAIN_OFFSET_IOD * scale), width, height).luma);
  const gain = Math.min(
    1,
    wanted /
      Math.max(
        robustDeviation(grain, () => true),
        1e-6,
      ),
  );
  return grain.map(
    (value) =>
      value * gain * (1 - smoothstep(GRAIN_LIMIT[0] * wanted, GRAIN_LIMIT[1] * wanted, Math.abs(value * gain))),
  );
}

/** Standard deviation estimated from the median absolute value, so that a few lines do not change it. */
function robustDeviation(values: Float32Array, isCounted: (k: number) => boolean): number {
  const sizes = values
    .filter((_, k) => isCounted(k))
    .map(Math.abs)
    .sort();
  return sizes.length > 0 ? 1.48 * sizes[sizes.length >> 1]! : 0;
}
