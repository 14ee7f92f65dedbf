/**
 * @file The photo teeth: the teeth of a photo with an open mouth, cut out so that they stay in place while the lips
 * move.
 */

import type { FaceModel } from '../../../weights/face-model';
import { inverse3, unproject } from '../../../portrait-bundle/pose';
import { PHOTO_TEETH_COLUMNS, type PhotoTeeth } from '../../../portrait-bundle/portrait-bundle';
import type { FaceFit } from '../../fit/face-fit';
import type { RgbaImage } from '../../../core/rgba-image';
import { extentOf, type Polygon, signedDistance } from '../../../core/polygon';
import type { PosedFace } from '../face/posed-face';
import { gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';

/** Pixels at the edge are partly lip, so colours are taken from at least this far inside and continued outwards. */
const LIP_EDGE_IOD = 0.02;
/** Margin around the opening, which a smile widens and a raised upper lip extends upwards. */
const MARGIN_SIDE_IOD = 0.06;
const MARGIN_UP_IOD = 0.12;
/** Softness of the lower edge. */
const FEATHER_IOD = 0.01;
const TEETH_BEHIND_LIP_CM = 0.3;

/** Cuts out the teeth. @param lipRing model vertices: upper lip from left to right, then the lower lip back */
export function preparePhotoTeeth(
  model: FaceModel,
  fit: FaceFit,
  posed: PosedFace,
  photo: RgbaImage,
  lipRing: Uint32Array,
): PhotoTeeth {
  const scale = fit.pose.scale;
  const polygon: Polygon = Float32Array.from(
    [...lipRing].flatMap((v) => [posed.pixels[2 * v]!, posed.pixels[2 * v + 1]!]),
  );
  const [left, top, right, bottom] = extentOf(polygon);
  const clamp = (x: number, size: number): number => Math.min(size, Math.max(0, Math.round(x)));
  const x0 = clamp(left - MARGIN_SIDE_IOD * scale, photo.width - 1);
  const x1 = Math.max(x0 + 1, clamp(right + MARGIN_SIDE_IOD * scale, photo.width));
  const y0 = clamp(top - MARGIN_UP_IOD * scale, photo.height - 1);
  const y1 = Math.max(y0 + 1, clamp(bottom + 2, photo.height));
  const [width, height] = [x1 - x0, y1 - y0];

  // Colours: the photo well inside the lips, continued outwards.
  const weight = new Float32Array(width * height);
  const colour = new Float32Array(3 * width * height);
  const edge = LIP_EDGE_IOD * scale;
  const distance = new Float32Array(width * height);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      distance[k] = signedDistance(polygon, x0 + x + 0.5, y0 + y + 0.5);
      weight[k] = 1 - smoothstep(-edge, -0.25 * edge, distance[k]!);
      const o = 4 * ((y0 + y) * photo.width + x0 + x);
      for (let c = 0; c < 3; c++) colour[3 * k + c] = photo.data[o + c]! * weight[k]!;
    }
  }
  const filled = pushPull(colour, weight, width, height, 3);

  // Lower edge: the lowest point inside the mouth in each column, smoothed; transparent below.
  const lowest = new Float32Array(width);
  const found = new Float32Array(width);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      if (distance[k]! > -0.6 * edge) continue; // pixels at the edge are partly lip
      lowest[x] = y + 1;
      found[x] = 1;
    }
  }
  const floor = pushPull(lowest, found, width, 1, 1);
  gaussianBlur(floor, width, 1, 1, 0.02 * scale);
  const feather = Math.max(1, FEATHER_IOD * scale);
  const image: RgbaImage = { width, height, data: new Uint8ClampedArray(4 * width * height) };
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      for (let c = 0; c < 3; c++) image.data[4 * k + c] = filled[3 * k + c]!;
      image.data[4 * k + 3] = 255 * (1 - smoothstep(0, feather, y + 0.5 - floor[x]!));
    }
  }

  const depthAt = archDepth(model, posed, lipRing, left, right);
  const strip = new Float32Array(6 * PHOTO_TEETH_COLUMNS);
  for (let column = 0; column < PHOTO_TEETH_COLUMNS; column++) {
    const x = x0 + ((x1 - x0) * column) / (PHOTO_TEETH_COLUMNS - 1);
    const z = depthAt(x) + TEETH_BEHIND_LIP_CM / model.iodCm;
    strip.set(unproject(fit.pose, x, y0, z), 6 * column);
    strip.set(unproject(fit.pose, x, y1, z), 6 * column + 3);
  }
  return { image, offset: [x0, y0], strip };
}

/** Depth of the upper lip as a parabola over the picture's x (least squares), extrapolated beyond the corners. */
function archDepth(
  model: FaceModel,
  posed: PosedFace,
  lipRing: Uint32Array,
  left: number,
  right: number,
): (x: number) => number {
  const ring = lipRing.subarray(0, model.rings.lipInnerUpper.length);
  const middle = (left + right) / 2;
  const half = (right - left) / 2 || 1;
  // Normal equations of z = a + b t + c t^2, t = -1 ... 1 between the corners.
  const m = new Float64Array(9);
  const d = new Float64Array(3);
  for (const v of ring) {
    const t = (posed.pixels[2 * v]! - middle) / half;
    const powers = [1, t, t * t];
    for (let i = 0; i < 3; i++) {
      d[i] = d[i]! + powers[i]! * posed.depth[v]!;
      for (let j = 0; j < 3; j++) m[3 * i + j] = m[3 * i + j]! + powers[i]! * powers[j]!;
    }
  }
  const inverse = inverse3(m);
  const [a, b, c] = [0, 1, 2].map(
    (i) => inverse[3 * i]! * d[0]! + inverse[3 * i + 1]! * d[1]! + inverse[3 * i + 2]! * d[2]!,
  ) as [number, number, number];
  return (x) => {
    const t = (x - middle) / half;
    return a + b * t + c * t * t;
  };
}
