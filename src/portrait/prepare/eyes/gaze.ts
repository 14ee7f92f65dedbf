/**
 * @file Eyes that can look in another direction than in the photo: the white of the eye without the iris, and the iris
 * without the lids and reflections that cover it, so that the renderer can remove the iris from one place and draw it
 * at another.
 *
 * The renderer (shaders/warp/eye-layer.wgsl) adds to the photo only the difference between two such compositions. What
 * they do not reproduce (lashes, the shadow of the lid, catch lights, reflections of glasses) therefore stays in place.
 * While the gaze is that of the photo, the whole eye is unchanged.
 */

import { luma } from '../../../core/luma';
import { boundingBox, extentOf, type Polygon, signedDistance } from '../../../core/polygon';
import type { RgbaImage } from '../../../core/rgba-image';
import { gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';
import type { GazeLayer, Iris } from '../../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../../weights/face-model';
import type { FaceFit } from '../../fit/face-fit';
import type { PosedFace } from '../face/posed-face';
import { eyeOpenings } from './eye-openings';
import { type Disc, findIris } from './iris-search';

/** MediaPipe's landmarks of the iris, its centre and four points of its edge: the person's right eye, then the left. */
const IRIS_LANDMARKS = [
  [468, 469, 470, 471, 472],
  [473, 474, 475, 476, 477],
] as const;
/**
 * Radius of the eyeball: EYEBALL_IRISES times that of the iris (their diameters are 24 and 11.7 mm), at most
 * EYEBALL_CM, for drawings with large irises.
 */
const EYEBALL_CM = 1.2;
const EYEBALL_IRISES = 2.05;
/** Irises of very few pixels do not move: no motion at the first radius, full motion from the second. */
const SMALL_IRIS_PX = [1.2, 3.5] as const;
/** An eye whose opening is less than this fraction of the iris' diameter counts as closed. */
const MIN_OPENING = 0.25;
/** Softness of the edge of the iris (limbus), radii. */
const LIMBUS_SOFTNESS = 0.13;
/** Width of the soft edge between opening and lids. */
const LID_EDGE_IOD = 0.014;
const MARGIN_IOD = 0.04;
/**
 * Parts of the white are used if they are brighter than this fraction of the typical white (others are lash or shadow)
 * and further from the iris' centre than these radii.
 */
const DARK_WHITE = [0.2, 0.4] as const;
const WHITE_FROM_RADII = [1.12, 1.25] as const;
/** Catch lights and reflections are brighter than the iris at the same radius by this many levels of 255. */
const CATCH_LIGHT = [18, 45] as const;
/** Resolution of colour profiles from the centre of the iris to its edge. */
const PROFILE_BINS = 12;

/**
 * Prepares the gaze layer.
 *
 * @param landmarks f32[n x 3], px
 * @returns null if there are no iris landmarks, or if the eyes are closed or too small
 */
export function prepareGaze(
  model: FaceModel,
  fit: FaceFit,
  posed: PosedFace,
  photo: RgbaImage,
  landmarks: Float32Array,
): GazeLayer | null {
  if (landmarks.length < 3 * 478 || !landmarks.subarray(3 * 468, 3 * 478).every(Number.isFinite)) return null;
  const openings = eyeOpenings(model, posed);
  const [x0, y0, x1, y1] = boundingBox(openings, MARGIN_IOD * fit.pose.scale, photo);
  const [width, height] = [x1 - x0, y1 - y0];
  if (width < 2 || height < 2) return null;
  const image: RgbaImage = { width, height: 2 * height, data: new Uint8ClampedArray(8 * width * height) };
  const discs = openings.map((opening, side) => findIris(photo, opening, landmarks, IRIS_LANDMARKS[side]!));
  // Both eyes look at the same thing, so both turn alike, even if a lid hides the true size of one iris.
  const eyeball = Math.min(
    (EYEBALL_CM / model.iodCm) * fit.pose.scale,
    (EYEBALL_IRISES * (discs[0]!.radius + discs[1]!.radius)) / 2,
  );
  const irises = openings.map((opening, side) => {
    paintEye(photo, opening, discs[side]!, fit.pose.scale, image, [x0, y0]);
    return turningIris(fit, opening, discs[side]!, eyeball, side === 0 ? -1 : 1);
  }) as [Iris, Iris];
  return irises.every(({ across, down }) => across.every((a) => a === 0) && down.every((a) => a === 0))
    ? null
    : { image, offset: [x0, y0], irises };
}

/**
 * The iris and its shift when the eyeball turns.
 *
 * @param eyeball radius, px
 * @param outwards sign of canonical x away from the nose
 */
function turningIris(fit: FaceFit, opening: Polygon, { x, y, radius }: Disc, eyeball: number, outwards: 1 | -1): Iris {
  const r = fit.pose.rotation;
  const [, top, , bottom] = extentOf(opening);
  const isOpen = bottom - top > MIN_OPENING * 2 * radius;
  const travel = isOpen ? eyeball * smoothstep(...SMALL_IRIS_PX, radius) : 0;
  return {
    centre: [x, y],
    radius,
    softness: Math.max(0.7, LIMBUS_SOFTNESS * radius),
    across: [travel * outwards * r[0]!, travel * outwards * r[1]!],
    down: [travel * r[3]!, travel * r[4]!],
  };
}

/** Writes the white, with the opening as alpha, to the upper half of the image and the iris to its lower half. */
function paintEye(
  photo: RgbaImage,
  opening: Polygon,
  iris: Disc,
  scale: number,
  image: RgbaImage,
  [x0, y0]: [number, number],
): void {
  const [left, top, right, bottom] = boundingBox([opening], MARGIN_IOD * scale, photo);
  const [width, height] = [right - left, bottom - top];
  const inside = new Float32Array(width * height);
  const radii = new Float32Array(width * height);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const [px, py] = [left + x + 0.5, top + y + 0.5];
      inside[k] = smoothstep(0, LID_EDGE_IOD, -signedDistance(opening, px, py) / scale);
      radii[k] = Math.hypot(px - iris.x, py - iris.y) / iris.radius;
    }
  }
  const pixel = (k: number, c: number): number =>
    photo.data[4 * ((top + Math.floor(k / width)) * photo.width + left + (k % width)) + c]!;
  const bright = Float64Array.from(inside, (_, k) => luma(pixel(k, 0), pixel(k, 1), pixel(k, 2)));
  const white = whiteOfEye(inside, radii, pixel, bright, width, height, iris.radius);
  const colour = irisColour(inside, radii, pixel, bright);
  for (let k = 0; k < inside.length; k++) {
    const at = 4 * ((top - y0 + Math.floor(k / width)) * image.width + left - x0 + (k % width));
    const lower = at + 2 * image.width * image.height;
    for (let c = 0; c < 3; c++) {
      image.data[at + c] = white[3 * k + c]!;
      image.data[lower + c] = colour[3 * k + c]!;
    }
    image.data[at + 3] = 255 * inside[k]!;
    image.data[lower + 3] = 255;
  }
}

type Pixel = (k: number, channel: number) => number;

/** The white of the eye without the iris: f32[n x 3]. */
function whiteOfEye(
  inside: Float32Array,
  radii: Float32Array,
  pixel: Pixel,
  bright: Float64Array,
  width: number,
  height: number,
  radius: number,
): Float32Array {
  const seen = [...inside.keys()].filter((k) => inside[k]! > 0.3 && radii[k]! > WHITE_FROM_RADII[0]);
  seen.sort((a, b) => bright[b]! - bright[a]!);
  const typical = seen[Math.floor(0.3 * seen.length)];
  const level = typical === undefined ? 200 : bright[typical]!;
  const weight = new Float32Array(inside.length);
  const data = new Float32Array(3 * inside.length);
  for (let k = 0; k < inside.length; k++) {
    const known =
      inside[k]! *
      smoothstep(...WHITE_FROM_RADII, radii[k]!) *
      smoothstep(DARK_WHITE[0] * level, DARK_WHITE[1] * level, bright[k]!);
    // A small weight of the typical white everywhere, for places with no usable pixel nearby.
    weight[k] = known + 1e-3;
    for (let c = 0; c < 3; c++)
      data[3 * k + c] = known * pixel(k, c) + 1e-3 * (typical === undefined ? level : pixel(typical, c));
  }
  const filled = pushPull(data, weight, width, height, 3);
  gaussianBlur(filled, width, height, 3, Math.max(0.8, 0.15 * radius));
  return filled;
}

/**
 * The iris with nothing covering it: its own pixels, and under lids and catch lights its mean colour at the same
 * radius. f32[n x 3].
 */
function irisColour(inside: Float32Array, radii: Float32Array, pixel: Pixel, bright: Float64Array): Float32Array {
  const rim = 1 - LIMBUS_SOFTNESS;
  const bin = (k: number): number => Math.min(PROFILE_BINS - 1, (Math.min(radii[k]!, rim) / rim) * (PROFILE_BINS - 1));
  /** Weighted mean of `value` at each radius. */
  const profile = (value: (k: number) => number, trust: (k: number) => number): Float32Array => {
    const [sum, total] = [new Float32Array(PROFILE_BINS), new Float32Array(PROFILE_BINS)];
    for (let k = 0; k < radii.length; k++) {
      if (radii[k]! > rim) continue;
      const [trusted, at, mean] = [trust(k), bin(k), value(k)];
      for (let b = 0; b < PROFILE_BINS; b++) {
        const near = trusted * Math.exp(-(((at - b) / 1.2) ** 2)) + 1e-9;
        sum[b]! += near * mean;
        total[b]! += near;
      }
    }
    return sum.map((s, b) => s / Math.max(total[b]!, 1e-9));
  };
  const at = (values: Float32Array, k: number): number => {
    const b = Math.floor(bin(k));
    const next = Math.min(PROFILE_BINS - 1, b + 1);
    return values[b]! + (bin(k) - b) * (values[next]! - values[b]!);
  };
  // A first profile includes catch lights; the second leaves out pixels that are brighter than the first.
  const withLights = profile(
    (k) => bright[k]!,
    (k) => inside[k]!,
  );
  const withoutLights = profile(
    (k) => bright[k]!,
    (k) => (bright[k]! <= at(withLights, k) + 10 ? inside[k]! : 0),
  );
  const own = Float32Array.from(radii, (radius, k) => {
    const light = smoothstep(...CATCH_LIGHT, bright[k]! - at(withoutLights, k));
    return smoothstep(0.5, 1, inside[k]!) * (1 - light) * (1 - smoothstep(rim - 0.1, rim, radius));
  });
  const means = [0, 1, 2].map((c) =>
    profile(
      (k) => pixel(k, c),
      (k) => own[k]! + 1e-4,
    ),
  );
  const out = new Float32Array(3 * radii.length);
  for (let k = 0; k < radii.length; k++)
    for (let c = 0; c < 3; c++) out[3 * k + c] = own[k]! * pixel(k, c) + (1 - own[k]!) * at(means[c]!, k);
  return out;
}
