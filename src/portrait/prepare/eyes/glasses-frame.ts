/**
 * @file Finds dark frames of glasses. They must neither move with the lids nor be covered by them.
 *
 * A frame is a connected structure, darker than its surroundings, that reaches across the bridge of the nose. Nothing
 * else in a face does: brows, lashes, folds and shadows end before it.
 */

import type { RgbaImage } from '../../../core/rgba-image';
import { type Box, type Polygon, signedDistance } from '../../../core/polygon';
import { gaussianBlur, smoothstep } from '../../../core/smooth';
import { photoCrop } from './photo-crop';

/** A pixel is dark if it is darker than this fraction of the mean around it. */
const DARK = 0.72;
const AROUND_IOD = 0.09;
/** Eyes with their lashes, this far around the opening, are not searched; nor are brows. */
const EYE_REACH_IOD = 0.035;
/** The structure must reach this far to both sides of the middle between the eyes. */
const BRIDGE_HALF_IOD = 0.07;
/** Softness of the result around a frame. */
const RIM_IOD = 0.012;

/**
 * Finds the frame.
 *
 * @param box part of the photo to search, px
 * @param eyes openings of the right and the left eye, px
 * @param brows contours, px
 * @param scale px per IOD
 * @returns f32[height x width] of the box: 1 on the frame; all 0 without glasses
 */
export function glassesFrame(
  photo: RgbaImage,
  [x0, y0, x1, y1]: Box,
  eyes: Polygon[],
  brows: Polygon[],
  scale: number,
): Float32Array {
  const [width, height] = [x1 - x0, y1 - y0];
  const brightness = photoCrop(photo, x0, y0, width, height).luma;
  const around = brightness.slice();
  gaussianBlur(around, width, height, 1, Math.max(1, AROUND_IOD * scale));
  const isDark = new Uint8Array(brightness.length);
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      if (brightness[k]! >= DARK * around[k]!) continue;
      const [px, py] = [x0 + x + 0.5, y0 + y + 0.5];
      const isEye = eyes.some((eye) => signedDistance(eye, px, py) < EYE_REACH_IOD * scale);
      if (!isEye && !brows.some((brow) => signedDistance(brow, px, py) < 0)) isDark[k] = 1;
    }
  const middle = eyes.map((eye) => eye.reduce((sum, v, i) => (i % 2 ? sum : sum + (2 * v) / eye.length), 0));
  const bridge = (middle[0]! + middle[1]!) / 2 - x0;
  const frame = new Float32Array(brightness.length);
  for (const part of connectedParts(isDark, width)) {
    let [left, right] = [width, 0];
    for (const k of part) {
      left = Math.min(left, k % width);
      right = Math.max(right, k % width);
    }
    if (left > bridge - BRIDGE_HALF_IOD * scale || right < bridge + BRIDGE_HALF_IOD * scale) continue;
    for (const k of part) frame[k] = 1;
  }
  gaussianBlur(frame, width, height, 1, Math.max(0.7, RIM_IOD * scale));
  return frame.map((value) => smoothstep(0.05, 0.4, value));
}

/** Connected components of a mask (8-neighbourhood), as lists of pixels. */
function connectedParts(mask: Uint8Array, width: number): number[][] {
  const parts: number[][] = [];
  const unvisited = mask.slice();
  for (let start = 0; start < unvisited.length; start++) {
    if (!unvisited[start]) continue;
    unvisited[start] = 0;
    const part = [start];
    for (let n = 0; n < part.length; n++) {
      const k = part[n]!;
      for (const dy of [-width, 0, width])
        for (const dx of [-1, 0, 1]) {
          const next = k + dy + dx;
          if (!unvisited[next] || Math.abs((next % width) - (k % width)) > 1) continue;
          unvisited[next] = 0;
          part.push(next);
        }
    }
    parts.push(part);
  }
  return parts;
}
