/**
 * @file Opacity of the person at the full resolution of the photo.
 *
 * The matte has only 256 x 256 cells. A guided filter refines it: within every small window, opacity is a linear
 * function of brightness, so that its edges lie on those of the photo (He and Sun, "Fast Guided Filter", 2015).
 */

import { luma } from '../../../core/luma';
import type { RgbaImage, PersonMatte } from '../../../core/rgba-image';
import { type Polygon, signedDistance, boundingBox } from '../../../core/polygon';
import { RowSampler } from './row-sampler';
import { smoothstep } from '../../../core/smooth';

/** Filtered opacities that are mapped to 0 and 1. */
const OUTLINE_OPACITY = [0.25, 0.8] as const;
/** Half side of a window, cells of the matte. */
const WINDOW_CELLS = 3;
/**
 * Regularisation of the filter: in windows whose brightness (0 ... 1) has a smaller variance, the matte is only
 * smoothed.
 */
const FLAT = 0.002;

/**
 * @param matte null: the whole photo is the person
 * @param oval contour of the face, px; everything inside belongs to the person, regardless of the matte
 * @returns u8[height x width], 255 = person
 */
export function personAlpha(matte: PersonMatte | null, oval: Polygon, photo: RgbaImage): Uint8ClampedArray {
  const { width, height } = photo;
  const alpha = new Uint8ClampedArray(width * height).fill(255);
  if (!matte) return alpha;
  const light = brightness(photo);
  const { slope, offset } = guidedFilter(matte, matteCellMeans(light, width, height, matte.width, matte.height));
  const cellsPerPixel = [matte.width / width, matte.height / height] as const;
  const slopeRow = new RowSampler(slope, 1, matte.width, matte.height, width, cellsPerPixel);
  const offsetRow = new RowSampler(offset, 1, matte.width, matte.height, width, cellsPerPixel);
  const [left, top, right, bottom] = boundingBox([oval], 0, photo); // few pixels are near the face
  for (let y = 0, k = 0; y < height; y++) {
    slopeRow.moveTo(y);
    offsetRow.moveTo(y);
    for (let x = 0; x < width; x++, k++) {
      const opacity = slopeRow.at(x, 0) * light[k]! + offsetRow.at(x, 0);
      if (opacity >= OUTLINE_OPACITY[1]) continue;
      const nearFace = x >= left && x < right && y >= top && y < bottom;
      if (nearFace && signedDistance(oval, x + 0.5, y + 0.5) < 0) continue;
      alpha[k] = 255 * smoothstep(OUTLINE_OPACITY[0], OUTLINE_OPACITY[1], opacity);
    }
  }
  return alpha;
}

/** Luma of every pixel, 0 ... 1. */
function brightness({ width, height, data }: RgbaImage): Float32Array {
  const light = new Float32Array(width * height);
  for (let k = 0; k < light.length; k++) light[k] = luma(data[4 * k]!, data[4 * k + 1]!, data[4 * k + 2]!) / 255;
  return light;
}

/** Mean of a quantity of the pixels in every cell of the matte. */
function matteCellMeans(
  values: Float32Array,
  width: number,
  height: number,
  columns: number,
  rows: number,
): Float32Array {
  const sum = new Float32Array(columns * rows);
  const count = new Float32Array(columns * rows);
  for (let y = 0, k = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++, k++) {
      const cell = row + Math.floor((x * columns) / width);
      sum[cell]! += values[k]!;
      count[cell]!++;
    }
  }
  return sum.map((s, cell) => s / Math.max(1, count[cell]!));
}

/** Coefficients of opacity = slope * guide + offset, averaged over the windows that contain a cell. */
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

/** Mean over the window around every cell, by running sums. */
function boxMean(values: Float32Array, width: number, height: number): Float32Array {
  const across = runningMean(values, width, height, 1, width);
  return runningMean(across, height, width, width, 1);
}

/** @param step offset between neighbours of a line @param stride offset between lines */
function runningMean(values: Float32Array, length: number, lines: number, step: number, stride: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    const start = line * stride;
    let sum = 0;
    let count = 0;
    for (let i = 0; i < Math.min(WINDOW_CELLS, length); i++, count++) sum += values[start + i * step]!;
    for (let i = 0; i < length; i++) {
      if (i + WINDOW_CELLS < length) {
        sum += values[start + (i + WINDOW_CELLS) * step]!;
        count++;
      }
      if (i > WINDOW_CELLS) {
        sum -= values[start + (i - WINDOW_CELLS - 1) * step]!;
        count--;
      }
      out[start + i * step] = sum / count;
    }
  }
  return out;
}
