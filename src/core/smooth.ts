/** @file Smoothing on plain arrays: smooth step, Gaussian blur, filling of gaps, distances. */

/** Hermite step from 0 at `low` to 1 at `high`. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/**
 * Separable Gaussian blur with repeated edges, in place.
 *
 * @param data f32[height x width x channels]
 * @param sigma standard deviation, in cells
 */
export function gaussianBlur(data: Float32Array, width: number, height: number, channels: number, sigma: number): void {
  const radius = Math.max(1, Math.ceil(2.5 * sigma));
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = kernel.reduce((a, b) => a + b, 0);
  for (let i = 0; i < kernel.length; i++) kernel[i] = kernel[i]! / total;
  // One line with its edges repeated, so that no tap needs a bounds check.
  const line = new Float32Array((Math.max(width, height) + 2 * radius) * channels);
  const pass = (start: number, count: number, stride: number): void => {
    for (let i = 0, o = 0; i < count + 2 * radius; i++) {
      const from = start + Math.min(count - 1, Math.max(0, i - radius)) * stride;
      for (let c = 0; c < channels; c++, o++) line[o] = data[from + c]!;
    }
    for (let i = 0, o = 0; i < count; i++) {
      for (let c = 0; c < channels; c++, o++) {
        let sum = 0;
        for (let k = 0, tap = o; k < kernel.length; k++, tap += channels) sum += kernel[k]! * line[tap]!;
        data[start + i * stride + c] = sum;
      }
    }
  };
  for (let y = 0; y < height; y++) pass(y * width * channels, width, channels);
  for (let x = 0; x < width; x++) pass(x * channels, height, width * channels);
}

/**
 * Fills the cells of weight 0 smoothly from the others, at any distance (push-pull: Gortler et al., "The Lumigraph", 1996):
 * weighted averages on coarser and coarser grids, which then fill the finer ones.
 *
 * @param data f32[height x width x channels], values multiplied by their weight
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
        const i = y * width + x;
        const o = (y >> 1) * w2 + (x >> 1);
        weight2[o] = weight2[o]! + weight[i]!;
        for (let c = 0; c < channels; c++) data2[o * channels + c] = data2[o * channels + c]! + data[i * channels + c]!;
      }
    }
    // Limit the weights to 1: a cell that is known at this level keeps its own value.
    for (let o = 0; o < weight2.length; o++) {
      const excess = Math.max(1, weight2[o]!);
      weight2[o] = weight2[o]! / excess;
      for (let c = 0; c < channels; c++) data2[o * channels + c] = data2[o * channels + c]! / excess;
    }
    coarse = pushPull(data2, weight2, w2, h2, channels);
  }
  for (let y = 0; y < height; y++) {
    const sy = Math.min(h2 - 1, Math.max(0, (y - 0.5) / 2));
    const y0 = Math.floor(sy);
    const fy = sy - y0;
    const y1 = Math.min(h2 - 1, y0 + 1);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const known = Math.min(1, weight[i]!);
      const scale = weight[i]! > 1 ? 1 / weight[i]! : 1;
      const sx = Math.min(w2 - 1, Math.max(0, (x - 0.5) / 2));
      const x0 = Math.floor(sx);
      const fx = sx - x0;
      const x1 = Math.min(w2 - 1, x0 + 1);
      const o = i * channels;
      if (!coarse || known === 1) {
        for (let c = 0; c < channels; c++) out[o + c] = data[o + c]! * scale;
        continue;
      }
      const a00 = (y0 * w2 + x0) * channels;
      const a10 = (y0 * w2 + x1) * channels;
      const a01 = (y1 * w2 + x0) * channels;
      const a11 = (y1 * w2 + x1) * channels;
      for (let c = 0; c < channels; c++) {
        const fill =
          (coarse[a00 + c]! * (1 - fx) + coarse[a10 + c]! * fx) * (1 - fy) +
          (coarse[a01 + c]! * (1 - fx) + coarse[a11 + c]! * fx) * fy;
        out[o + c] = data[o + c]! * scale + (1 - known) * fill;
      }
    }
  }
  return out;
}

/** Replaces every number by its distance to the nearest 0, in cells, in two passes over the neighbours (Borgefors, 1986). */
export function chamferDistance(distance: Float32Array, width: number, height: number): void {
  const relax = (k: number, from: number, step: number): void => {
    const next = distance[from]! + step;
    if (next < distance[k]!) distance[k] = next;
  };
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      if (x > 0) relax(k, k - 1, 1);
      if (y === 0) continue;
      relax(k, k - width, 1);
      if (x > 0) relax(k, k - width - 1, Math.SQRT2);
      if (x < width - 1) relax(k, k - width + 1, Math.SQRT2);
    }
  }
  for (let y = height - 1, k = width * height - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--, k--) {
      if (x < width - 1) relax(k, k + 1, 1);
      if (y === height - 1) continue;
      relax(k, k + width, 1);
      if (x < width - 1) relax(k, k + width + 1, Math.SQRT2);
      if (x > 0) relax(k, k + width - 1, Math.SQRT2);
    }
  }
}
