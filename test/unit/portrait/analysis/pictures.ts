/** @file Synthetic pictures for the tests of this folder. */

import type { RgbaImage } from '../../../../src/core/rgba-image';

/** An opaque picture whose colour is a function of the pixel's centre. */
export function paint(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): RgbaImage {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([...colour(x + 0.5, y + 0.5), 255], 4 * (y * width + x));
  }
  return { width, height, data };
}

/** A soft grey spot on black; its centre can be found again to a small part of a pixel. */
export function spot(width: number, height: number, centreX: number, centreY: number, radius: number): RgbaImage {
  return paint(width, height, (x, y) => {
    const value = 255 * Math.exp(-((x - centreX) ** 2 + (y - centreY) ** 2) / (2 * radius * radius));
    return [value, value, value];
  });
}
