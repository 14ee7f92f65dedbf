/** @file Images and mattes as plain data, and bilinear sampling between pixels. */

/** 8 bits per channel with the transfer curve of sRGB and Display P3, straight alpha, row-major. */
export type RgbaImage = { width: number; height: number; data: Uint8ClampedArray };

/** Probability of "person", 0 ... 1, row-major. It spans the whole photo at a resolution of its own. */
export type PersonMatte = { width: number; height: number; data: Float32Array };

/**
 * Bilinear interpolation of a per-pixel quantity at a point in pixels (the centre of the first pixel is at 0.5).
 * Outside the image the edge is repeated.
 *
 * @param valueAt quantity of one pixel; `offset` is the index of its red channel in `data`
 */
export function sampleBilinear(
  { width, height, data }: RgbaImage,
  x: number,
  y: number,
  valueAt: (data: Uint8ClampedArray, offset: number) => number,
): number {
  // Just below the last pixel, so that the right and lower neighbours exist.
  const sx = Math.min(width - 1.001, Math.max(0, x - 0.5));
  const sy = Math.min(height - 1.001, Math.max(0, y - 0.5));
  const column = Math.floor(sx);
  const row = Math.floor(sy);
  const fx = sx - column;
  const fy = sy - row;
  const top = 4 * (row * width + column);
  const bottom = top + 4 * width;
  return (
    (1 - fy) * ((1 - fx) * valueAt(data, top) + fx * valueAt(data, top + 4)) +
    fy * ((1 - fx) * valueAt(data, bottom) + fx * valueAt(data, bottom + 4))
  );
}
