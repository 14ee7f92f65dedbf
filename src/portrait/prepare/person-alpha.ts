/**
 * @file The soft outline of the person: how opaque every pixel of the photo is over another background.
 *
 * The network knows it on 256 x 256 cells. Between them the photo decides: in every small window opacity is taken for a linear
 * function of brightness, so that its edges lie where the photo's are (He and Sun, "Fast Guided Filter", 2015).
 */

import type { PersonMatte, RgbaImage } from '../portrait-bundle.ts';
import { type Polygon, signedDistance } from './polygon.ts';
import { smoothstep } from './smooth.ts';

/** Filtered opacities between which the outline lies. */
const OUTLINE_OPACITY = [0.25, 0.8] as const;
/** Half side of the windows, cells of the matte. */
const WINDOW_CELLS = 3;
/** Variance of brightness (0 ... 1) below which a window counts as flat: there the matte is only smoothed. */
const FLAT = 0.002;

/**
 * @param matte null: everything is the person
 * @param oval contour of the face, px: inside, nothing is background, whatever the network says
 * @returns u8[height x width], 255 = person
 */
export function personAlpha(matte: PersonMatte | null, oval: Polygon, photo: RgbaImage): Uint8ClampedArray {
  const { width, height } = photo;
  const alpha = new Uint8ClampedArray(width * height).fill(255);
  if (!matte) return alpha;
  const { slope, offset } = guidedFilter(matte, cellBrightness(photo, matte.width, matte.height));
  const [left, right] = columnTaps(matte.width, width);
  const [top, bottom] = columnTaps(matte.height, height);
  for (let y = 0, k = 0; y < height; y++) {
    const [y0, fy] = [top[y]! * matte.width, bottom[y]!];
    const y1 = Math.min(matte.height - 1, top[y]! + 1) * matte.width;
    for (let x = 0; x < width; x++, k++) {
      const [x0, fx] = [left[x]!, right[x]!];
      const x1 = Math.min(matte.width - 1, x0 + 1);
      const between = (cells: Float32Array): number =>
        (cells[y0 + x0]! * (1 - fx) + cells[y0 + x1]! * fx) * (1 - fy) +
        (cells[y1 + x0]! * (1 - fx) + cells[y1 + x1]! * fx) * fy;
      const soft = smoothstep(...OUTLINE_OPACITY, between(slope) * brightness(photo, k) + between(offset));
      if (soft === 1) continue;
      alpha[k] = signedDistance(oval, x + 0.5, y + 0.5) < 0 ? 255 : 255 * soft;
    }
  }
  return alpha;
}

function brightness({ data }: RgbaImage, k: number): number {
  return (0.299 * data[4 * k]! + 0.587 * data[4 * k + 1]! + 0.114 * data[4 * k + 2]!) / 255;
}

/** Mean brightness of the photo in every cell of the matte. */
function cellBrightness(photo: RgbaImage, columns: number, rows: number): Float32Array {
  const [sum, count] = [new Float32Array(columns * rows), new Float32Array(columns * rows)];
  for (let y = 0, k = 0; y < photo.height; y++) {
    const row = Math.floor((y * rows) / photo.height) * columns;
    for (let x = 0; x < photo.width; x++, k++) {
      const cell = row + Math.floor((x * columns) / photo.width);
      sum[cell]! += brightness(photo, k);
      count[cell]!++;
    }
  }
  return sum.map((s, cell) => s / Math.max(1, count[cell]!));
}

/** opacity = slope guide + offset in every cell's neighbourhood. */
function guidedFilter(
  { width, height, data }: PersonMatte,
  guide: Float32Array,
): { slope: Float32Array; offset: Float32Array } {
  const mean = (values: Float32Array): Float32Array => boxMean(values, width, height);
  const [meanGuide, meanMatte] = [mean(guide), mean(data)];
  const meanSquare = mean(guide.map((g) => g * g));
  const meanProduct = mean(guide.map((g, k) => g * data[k]!));
  const slope = meanGuide.map((g, k) => (meanProduct[k]! - g * meanMatte[k]!) / (meanSquare[k]! - g * g + FLAT));
  const offset = slope.map((a, k) => meanMatte[k]! - a * meanGuide[k]!);
  return { slope: mean(slope), offset: mean(offset) };
}

/** Mean over the window round every cell, by running sums. */
function boxMean(values: Float32Array, width: number, height: number): Float32Array {
  const across = runningMean(values, width, height, 1, width);
  return runningMean(across, height, width, width, 1);
}

/** @param step between neighbours of a line; @param stride between lines */
function runningMean(values: Float32Array, length: number, lines: number, step: number, stride: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    const at = (i: number): number => values[line * stride + i * step]!;
    let [sum, count] = [0, 0];
    for (let i = 0; i < Math.min(WINDOW_CELLS, length); i++) [sum, count] = [sum + at(i), count + 1];
    for (let i = 0; i < length; i++) {
      if (i + WINDOW_CELLS < length) [sum, count] = [sum + at(i + WINDOW_CELLS), count + 1];
      if (i > WINDOW_CELLS) [sum, count] = [sum - at(i - WINDOW_CELLS - 1), count - 1];
      out[line * stride + i * step] = sum / count;
    }
  }
  return out;
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
