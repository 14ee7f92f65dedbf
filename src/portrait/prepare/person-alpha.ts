/**
 * @file The soft outline of the person: how opaque every pixel of the photo is over another background.
 */

import type { PersonMatte } from '../portrait-bundle.ts';
import { type Polygon, signedDistance } from './polygon.ts';
import { smoothstep } from './smooth.ts';

/** Probabilities of "person" between which the outline lies: the network is unsure over several pixels. */
const OUTLINE_PROBABILITY = [0.3, 0.8] as const;

/**
 * @param matte null: everything is the person
 * @param oval contour of the face, px: inside, nothing is background, whatever the network says
 * @returns u8[height x width], 255 = person
 */
export function personAlpha(
  matte: PersonMatte | null,
  oval: Polygon,
  { width, height }: { width: number; height: number },
): Uint8ClampedArray {
  const alpha = new Uint8ClampedArray(width * height).fill(255);
  if (!matte) return alpha;
  const [left, right] = columnTaps(matte.width, width);
  const [top, bottom] = columnTaps(matte.height, height);
  for (let y = 0, k = 0; y < height; y++) {
    const [y0, fy] = [top[y]! * matte.width, bottom[y]!];
    const y1 = Math.min(matte.height - 1, top[y]! + 1) * matte.width;
    for (let x = 0; x < width; x++, k++) {
      const [x0, fx] = [left[x]!, right[x]!];
      const x1 = Math.min(matte.width - 1, x0 + 1);
      const p =
        (matte.data[y0 + x0]! * (1 - fx) + matte.data[y0 + x1]! * fx) * (1 - fy) +
        (matte.data[y1 + x0]! * (1 - fx) + matte.data[y1 + x1]! * fx) * fy;
      const soft = smoothstep(...OUTLINE_PROBABILITY, p);
      if (soft === 1) continue;
      alpha[k] = signedDistance(oval, x + 0.5, y + 0.5) < 0 ? 255 : 255 * soft;
    }
  }
  return alpha;
}

/** For every pixel of `size` the matte's cell to its left and how far it lies beyond that cell's middle. */
function columnTaps(cells: number, size: number): [Uint32Array, Float32Array] {
  const first = new Uint32Array(size);
  const part = new Float32Array(size);
  for (let x = 0; x < size; x++) {
    const at = Math.min(cells - 1, Math.max(0, ((x + 0.5) * cells) / size - 0.5));
    first[x] = Math.floor(at);
    part[x] = at - first[x]!;
  }
  return [first, part];
}
