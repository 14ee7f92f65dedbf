/** @file Grey-scale morphology with a square structuring element. */

/** Largest value in the square around each cell. @param radius half side of the square, cells */
export function dilate(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  return extreme(values, width, height, radius, 1);
}

/** Smallest value in the square around each cell. @param radius half side of the square, cells */
export function erode(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  return extreme(values, width, height, radius, -1);
}

/** Closing: removes dark details that are narrower than the square. @param radius half side of the square, cells */
export function morphologicalClosing(
  values: Float32Array,
  width: number,
  height: number,
  radius: number,
): Float32Array {
  return erode(dilate(values, width, height, radius), width, height, radius);
}

/** Largest (sign 1) or smallest (sign -1) value in a square, first along rows, then along columns. */
function extreme(values: Float32Array, width: number, height: number, radius: number, sign: 1 | -1): Float32Array {
  let result = values;
  for (const horizontal of [true, false]) {
    const from = result;
    result = new Float32Array(values.length);
    for (let y = 0, k = 0; y < height; y++)
      for (let x = 0; x < width; x++, k++) {
        const [at, end, step] = horizontal ? [x, width, 1] : [y, height, width];
        let best = -Infinity;
        for (let d = Math.max(-radius, -at); d <= radius && at + d < end; d++)
          best = Math.max(best, sign * from[k + d * step]!);
        result[k] = sign * best;
      }
  }
  return result;
}
