/** @file Premultiplied colours to straight alpha, which ImageData holds. */

/** A copy of RGBA pixels in which colours are divided by alpha. */
export function straightAlpha(premultiplied: Uint8ClampedArray): Uint8ClampedArray {
  const out = premultiplied.slice();
  for (let i = 3; i < out.length; i += 4) {
    const alpha = out[i]!;
    if (alpha === 255 || alpha === 0) continue;
    const factor = 255 / alpha;
    for (let c = i - 3; c < i; c++) out[c] = out[c]! * factor;
  }
  return out;
}
