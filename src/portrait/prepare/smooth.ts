/** @file Smooth steps and blurs on plain arrays, used all over the preparation. */

/** Hermite step from 0 at `low` to 1 at `high`. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/**
 * Gaussian blur, separable, edges repeated; in place.
 *
 * @param data f32[height x width x channels]
 * @param sigma in cells
 */
export function gaussianBlur(data: Float32Array, width: number, height: number, channels: number, sigma: number): void {
  const radius = Math.max(1, Math.ceil(2.5 * sigma));
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = kernel.reduce((a, b) => a + b, 0);
  for (let i = 0; i < kernel.length; i++) kernel[i] = kernel[i]! / total;
  const line = new Float32Array(Math.max(width, height) * channels);
  const pass = (start: number, count: number, stride: number): void => {
    for (let i = 0; i < count; i++)
      for (let c = 0; c < channels; c++) line[i * channels + c] = data[start + i * stride + c]!;
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++)
          sum += kernel[k + radius]! * line[Math.min(count - 1, Math.max(0, i + k)) * channels + c]!;
        data[start + i * stride + c] = sum;
      }
    }
  };
  for (let y = 0; y < height; y++) pass(y * width * channels, width, channels);
  for (let x = 0; x < width; x++) pass(x * channels, height, width * channels);
}

/**
 * Fills where the weight is 0 from where it is not, smoothly and at every distance (push-pull: Gortler et al.,
 * "The Lumigraph", 1996): weighted averages on coarser and coarser grids, then back.
 *
 * @param data f32[height x width x channels], values times weight
 * @param weight f32[height x width], >= 0
 * @returns f32[height x width x channels], values
 */
export function pushPull(
  data: Float32Array,
  weight: Float32Array,
  width: number,
  height: number,
  channels: number,
): Float32Array {
  const out = new Float32Array(data.length);
  let coarse: Float32Array | null = null;
  const [w2, h2] = [(width + 1) >> 1, (height + 1) >> 1];
  if (width > 1 || height > 1) {
    const data2 = new Float32Array(w2 * h2 * channels);
    const weight2 = new Float32Array(w2 * h2);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [i, o] = [y * width + x, (y >> 1) * w2 + (x >> 1)];
        weight2[o] = weight2[o]! + weight[i]!;
        for (let c = 0; c < channels; c++) data2[o * channels + c] = data2[o * channels + c]! + data[i * channels + c]!;
      }
    }
    // Saturate: a cell that is known at this level keeps its own value.
    for (let o = 0; o < weight2.length; o++) {
      const excess = Math.max(1, weight2[o]!);
      weight2[o] = weight2[o]! / excess;
      for (let c = 0; c < channels; c++) data2[o * channels + c] = data2[o * channels + c]! / excess;
    }
    coarse = pushPull(data2, weight2, w2, h2, channels);
  }
  for (let y = 0; y < height; y++) {
    const sy = Math.min(h2 - 1, Math.max(0, (y - 0.5) / 2));
    const [y0, fy] = [Math.floor(sy), sy - Math.floor(sy)];
    const y1 = Math.min(h2 - 1, y0 + 1);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const known = Math.min(1, weight[i]!);
      const scale = weight[i]! > 1 ? 1 / weight[i]! : 1;
      const sx = Math.min(w2 - 1, Math.max(0, (x - 0.5) / 2));
      const [x0, fx] = [Math.floor(sx), sx - Math.floor(sx)];
      const x1 = Math.min(w2 - 1, x0 + 1);
      for (let c = 0; c < channels; c++) {
        const fill = coarse
          ? (coarse[(y0 * w2 + x0) * channels + c]! * (1 - fx) + coarse[(y0 * w2 + x1) * channels + c]! * fx) *
              (1 - fy) +
            (coarse[(y1 * w2 + x0) * channels + c]! * (1 - fx) + coarse[(y1 * w2 + x1) * channels + c]! * fx) * fy
          : 0;
        out[i * channels + c] = data[i * channels + c]! * scale + (1 - known) * fill;
      }
    }
  }
  return out;
}

/** Distance to the nearest 0 in cells, by two passes over the neighbours (Borgefors, 1986); in place. */
export function chamferDistance(distance: Float32Array, width: number, height: number): void {
  const relax = (k: number, x: number, y: number, dx: number, dy: number): void => {
    if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) return;
    distance[k] = Math.min(distance[k]!, distance[k + dy * width + dx]! + Math.hypot(dx, dy));
  };
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++)
      for (const [dx, dy] of [
        [-1, 0],
        [-1, -1],
        [0, -1],
        [1, -1],
      ] as const)
        relax(k, x, y, dx, dy);
  }
  for (let y = height - 1, k = width * height - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--, k--)
      for (const [dx, dy] of [
        [1, 0],
        [1, 1],
        [0, 1],
        [-1, 1],
      ] as const)
        relax(k, x, y, dx, dy);
  }
}
