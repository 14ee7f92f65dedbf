/**
 * @file Dark frames of glasses in front of the eyes. They are no skin: they must not move with the lids nor vanish under them.
 *
 * A frame is a structure darker than what is around it that reaches from one eye to the other over the bridge of the nose.
 * Nothing else in a face does: brows, lashes, folds and shadows end there.
 */

import type { RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { type Polygon, signedDistance } from '../../mesh/polygon';
import { gaussianBlur, smoothstep } from '../../../core/smooth';

/** Darker than this share of the mean around it. */
const DARK = 0.72;
const AROUND_IOD = 0.09;
/** The eye with its lashes, and the brows, are not searched. */
const EYE_REACH_IOD = 0.035;
/** The structure must cover so much to both sides of the middle between the eyes. */
const BRIDGE_HALF_IOD = 0.07;
/** A frame's rim is kept with this much around it. */
const RIM_IOD = 0.012;

/**
 * @param box left, top, right, bottom of the part of the photo that is looked at, px
 * @param eyes openings of the right and the left eye, px; @param brows contours, px; @param scale px per IOD
 * @returns f32[height x width] of the box: 1 on the frame; all 0 without glasses
 */
export function glassesFrame(
  photo: RgbaImage,
  [x0, y0, x1, y1]: [number, number, number, number],
  eyes: Polygon[],
  brows: Polygon[],
  scale: number,
): Float32Array {
  const [width, height] = [x1 - x0, y1 - y0];
  const luma = new Float32Array(width * height);
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * ((y0 + y) * photo.width + x0 + x);
      luma[k] = 0.299 * photo.data[o]! + 0.587 * photo.data[o + 1]! + 0.114 * photo.data[o + 2]!;
    }
  const around = luma.slice();
  gaussianBlur(around, width, height, 1, Math.max(1, AROUND_IOD * scale));
  const free = new Uint8Array(luma.length);
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      if (luma[k]! >= DARK * around[k]!) continue;
      const [px, py] = [x0 + x + 0.5, y0 + y + 0.5];
      const isEye = eyes.some((eye) => signedDistance(eye, px, py) < EYE_REACH_IOD * scale);
      if (!isEye && !brows.some((brow) => signedDistance(brow, px, py) < 0)) free[k] = 1;
    }
  const middle = eyes.map((eye) => eye.reduce((sum, v, i) => (i % 2 ? sum : sum + (2 * v) / eye.length), 0));
  const bridge = (middle[0]! + middle[1]!) / 2 - x0;
  const frame = new Float32Array(luma.length);
  for (const part of connectedParts(free, width)) {
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

/** Pixels that hang together, by eight neighbours. */
function connectedParts(mask: Uint8Array, width: number): number[][] {
  const parts: number[][] = [];
  const open = mask.slice();
  for (let start = 0; start < open.length; start++) {
    if (!open[start]) continue;
    open[start] = 0;
    const part = [start];
    for (let n = 0; n < part.length; n++) {
      const k = part[n]!;
      for (const dy of [-width, 0, width])
        for (const dx of [-1, 0, 1]) {
          const next = k + dy + dx;
          if (!open[next] || Math.abs((next % width) - (k % width)) > 1) continue;
          open[next] = 0;
          part.push(next);
        }
    }
    parts.push(part);
  }
  return parts;
}
