/** @file Mean colours of selected pixels on a coarse grid, and how much they vary locally. */

import type { RgbaImage } from '../../../core/rgba-image';
import { gaussianBlur, pushPull } from '../../../core/smooth';

export type CellMeans = {
  columns: number;
  rows: number;
  /** f32[rows x columns x 3], 0 ... 255; 0 in cells without a selected pixel. */
  colour: Float32Array;
  /** f32[rows x columns]: 1 in cells with a selected pixel. */
  known: Float32Array;
};

/** @param side of a cell, px @param isSelected takes the index of a pixel and of its cell */
export function cellMeans(
  { width, height, data }: RgbaImage,
  side: number,
  isSelected: (pixel: number, cell: number) => boolean,
): CellMeans {
  const [columns, rows] = [Math.ceil(width / side), Math.ceil(height / side)];
  const colour = new Float32Array(3 * columns * rows);
  const known = new Float32Array(columns * rows);
  for (let y = 0, k = 0; y < height; y++) {
    const row = Math.floor(y / side) * columns;
    for (let x = 0; x < width; x++, k++) {
      const cell = row + Math.floor(x / side);
      if (!isSelected(k, cell)) continue;
      known[cell]!++;
      for (let c = 0; c < 3; c++) colour[3 * cell + c]! += data[4 * k + c]!;
    }
  }
  for (let cell = 0; cell < known.length; cell++) {
    if (known[cell] === 0) continue;
    for (let c = 0; c < 3; c++) colour[3 * cell + c]! /= known[cell]!;
    known[cell] = 1;
  }
  return { columns, rows, colour, known };
}

/**
 * Local standard deviation of the known colours, 0 ... 255; interpolated in cells that are not known.
 *
 * @param sigma of the Gaussian neighbourhood, cells
 * @returns f32[rows x columns]
 */
export function localDeviation({ columns, rows, colour, known }: CellMeans, sigma: number): Float32Array {
  const blurred = (values: Float32Array, channels: number): Float32Array => {
    gaussianBlur(values, columns, rows, channels, sigma);
    return values;
  };
  const weight = blurred(known.slice(), 1);
  const mean = blurred(
    colour.map((value, i) => value * known[Math.floor(i / 3)]!),
    3,
  );
  const square = blurred(
    known.map((is, k) => is * lengthSquared(colour, 3 * k)),
    1,
  );
  const deviation = square.map((value, k) => {
    if (known[k] === 0) return 0;
    return Math.sqrt(Math.max(0, value / weight[k]! - lengthSquared(mean, 3 * k) / weight[k]! ** 2));
  });
  return pushPull(deviation, known, columns, rows, 1);
}

function lengthSquared(values: Float32Array, at: number): number {
  return values[at]! ** 2 + values[at + 1]! ** 2 + values[at + 2]! ** 2;
}
