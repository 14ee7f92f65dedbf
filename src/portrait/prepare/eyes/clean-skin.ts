/**
 * @file The colour of skin where lashes, brows, glasses or the eye itself cover it, interpolated from the clean skin
 * around.
 */

import { gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';

/** Skin along dark lines (lashes, folds) is excluded: its brightness as a fraction of that with the lines removed. */
const DARK_LINE = [0.8, 0.93] as const;
/**
 * Skin is compared with the mean brightness over this distance; darker fractions are make-up or hair, brighter ones
 * highlights.
 */
const AROUND_IOD = 0.07;
const DARK_SKIN = [0.45, 0.7] as const;
const BRIGHT_SKIN = [1.3, 1.6] as const;
/** Blur of the clean skin before it is interpolated. */
const SKIN_BLUR_IOD = 0.025;
/** Iterations of the relaxation. */
const MEMBRANE_SWEEPS = 60;

/**
 * Interpolates the colour of skin everywhere from clean skin, which has no dark lines and is neither much darker nor
 * much brighter than the skin around. In between, the colour is a membrane: the solution of Laplace's equation, by
 * successive over-relaxation starting from a push-pull interpolation.
 *
 * @param colour f32[height x width x 3]
 * @param luma f32[height x width]
 * @param withoutLines f32[height x width]: luma with dark lines removed
 * @param isSkin f32[height x width], 0 ... 1: where skin may be taken from
 * @param scale px per IOD
 * @returns skin f32[height x width x 3]; clean f32[height x width], 0 ... 1
 */
export function cleanSkin(
  colour: Float32Array,
  luma: Float32Array,
  withoutLines: Float32Array,
  isSkin: Float32Array,
  width: number,
  height: number,
  scale: number,
): { skin: Float32Array; clean: Float32Array } {
  const mean = luma.map((value, k) => Math.log(Math.max(value, 1)) * isSkin[k]!);
  const total = isSkin.slice();
  gaussianBlur(mean, width, height, 1, Math.max(1, AROUND_IOD * scale));
  gaussianBlur(total, width, height, 1, Math.max(1, AROUND_IOD * scale));
  const clean = isSkin.map((weight, k) => {
    if (weight === 0) return 0;
    const share = luma[k]! / Math.exp(mean[k]! / Math.max(total[k]!, 1e-6));
    const plain = smoothstep(...DARK_LINE, luma[k]! / Math.max(withoutLines[k]!, 1));
    return weight * (0.01 + 0.99 * plain * smoothstep(...DARK_SKIN, share) * (1 - smoothstep(...BRIGHT_SKIN, share)));
  });
  const known = clean.slice();
  const source = colour.slice();
  for (let k = 0; k < known.length; k++) for (let c = 0; c < 3; c++) source[3 * k + c] = source[3 * k + c]! * known[k]!;
  gaussianBlur(source, width, height, 3, Math.max(0.8, SKIN_BLUR_IOD * scale));
  gaussianBlur(known, width, height, 1, Math.max(0.8, SKIN_BLUR_IOD * scale));
  for (let k = 0; k < known.length; k++) {
    // A pixel with hardly any clean skin nearby counts as unknown.
    const keep = smoothstep(0.1, 0.6, known[k]!) / Math.max(known[k]!, 1e-6);
    for (let c = 0; c < 3; c++) source[3 * k + c] = source[3 * k + c]! * keep;
    known[k] = known[k]! * keep;
  }
  const skin = pushPull(source, known, width, height, 3);
  for (let sweep = 0; sweep < MEMBRANE_SWEEPS; sweep++)
    for (let y = 1; y < height - 1; y++)
      for (let x = 1; x < width - 1; x++) {
        const k = y * width + x;
        const free = 1.6 * (1 - known[k]!);
        if (free < 0.01) continue;
        for (let c = 0; c < 3; c++) {
          const at = 3 * k + c;
          const average = 0.25 * (skin[at - 3]! + skin[at + 3]! + skin[at - 3 * width]! + skin[at + 3 * width]!);
          skin[at] = skin[at]! + free * (average - skin[at]!);
        }
      }
  return { skin, clean };
}
