/**
 * @file Eyes that look elsewhere than in the photo: the white of the eye without its iris, and the iris without what covers it,
 * so that the renderer can take the iris away from where it is and put it down where it shall be.
 *
 * At runtime (shaders/warp/eye-layer.wgsl) only the difference of two such compositions is added to the photo. What they do not
 * explain, lashes, the shadow of the lid, catch lights, reflections of glasses, stays where it is, and so does the whole eye
 * while the gaze is the photo's.
 */

import type { FaceModel } from '../../../weights/face-model';
import type { FaceFit, GazeLayer, Iris, RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { boundingBox, eyeOpenings } from './eye-openings';
import { type Polygon, signedDistance } from '../../mesh/polygon';
import type { PosedFace } from '../face/posed-face';
import { gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';

/** Centre and four points of the iris' edge in MediaPipe's refined landmarks: the person's right eye, then the left. */
const IRIS_LANDMARKS = [
  [468, 469, 470, 471, 472],
  [473, 474, 475, 476, 477],
] as const;
/** Radius of an eyeball in cm and in radii of its own iris (11.7 of 24 mm); large painted irises do not make larger eyeballs. */
const EYEBALL_CM = 1.2;
const EYEBALL_IRISES = 2.05;
/** An iris this small is a few grey pixels: nothing moves at the first radius, all of it at the second. px. */
const SMALL_IRIS_PX = [1.2, 3.5] as const;
/** Below this share of the iris' diameter the eye is closed. */
const MIN_OPENING = 0.25;
/** The edge of the iris (limbus) is this soft, radii. */
const LIMBUS_SOFTNESS = 0.13;
/** The opening's edge belongs to the lids, IOD. */
const LID_EDGE_IOD = 0.014;
const MARGIN_IOD = 0.04;
/** Darker than this share of the white is lash or shadow; no part of the white is taken from nearer to the iris than this. */
const DARK_WHITE = [0.2, 0.4] as const;
const WHITE_FROM_RADII = [1.12, 1.25] as const;
/** Catch lights and reflections: brighter than the iris at the same radius by this many levels of 255. */
const CATCH_LIGHT = [18, 45] as const;
const PROFILE_BINS = 12;
/** Search of the iris about the landmarks: offsets and radii in radii, arcs beside the lids in degrees. */
const SEARCH_OFFSETS = [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3];
const SEARCH_RADII = [0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2];
const SEARCH_ARC_DEGREES = [-40, -30, -20, -10, 0, 10, 20, 30, 40];
/** Unit vectors of those arcs on both sides: the search comes by ten thousand times. */
const SEARCH_DIRECTIONS = [1, -1].flatMap((side) =>
  SEARCH_ARC_DEGREES.map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    return { x: side * Math.cos(angle), y: Math.sin(angle) };
  }),
);
const EDGE_STEP = 0.14;

/** @param landmarks px; null is returned where they have no irises, or the eyes are closed or too small */
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
  // Both eyes look at the same thing, so both go the same way, also where a lid hides the size of one.
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

type Disc = { x: number; y: number; radius: number };

/**
 * The disc near the landmarks across whose edge the photo brightens most, on the arcs that no lid covers (Daugman's
 * integro-differential operator, "How Iris Recognition Works", 2004, on a small grid).
 */
function findIris(photo: RgbaImage, opening: Polygon, landmarks: Float32Array, indices: readonly number[]): Disc {
  const [x, y] = [landmarks[3 * indices[0]!]!, landmarks[3 * indices[0]! + 1]!];
  let radius = 0;
  for (const i of indices.slice(1)) radius += Math.hypot(landmarks[3 * i]! - x, landmarks[3 * i + 1]! - y) / 4;
  let best: Disc = { x, y, radius };
  let bestScore = 0;
  for (const dx of SEARCH_OFFSETS)
    for (const dy of SEARCH_OFFSETS)
      for (const factor of SEARCH_RADII) {
        const disc = { x: x + dx * radius, y: y + dy * radius, radius: factor * radius };
        const doubt = 1 - 2 * (dx * dx + dy * dy) - 2 * (factor - 1) ** 2; // the landmarks are good to a fifth of the radius
        const score = doubt * edgeContrast(photo, opening, disc);
        if (score > bestScore) [best, bestScore] = [disc, score];
      }
  return best;
}

/** Mean step in brightness across the disc's edge, 0 when too little of it is seen. */
function edgeContrast(photo: RgbaImage, opening: Polygon, { x, y, radius }: Disc): number {
  const outer = radius * (1 + EDGE_STEP);
  const inner = radius * (1 - EDGE_STEP);
  let sum = 0;
  let count = 0;
  for (const along of SEARCH_DIRECTIONS) {
    const ox = x + outer * along.x;
    const oy = y + outer * along.y;
    if (signedDistance(opening, ox, oy) > 0) continue;
    sum += luma(photo, ox, oy) - luma(photo, x + inner * along.x, y + inner * along.y);
    count++;
  }
  return count >= SEARCH_ARC_DEGREES.length / 2 ? sum / count : 0;
}

/** How far the iris goes in the picture when the eyeball turns. @param eyeball radius, px; @param outwards sign of canonical x away from the nose */
function turningIris(fit: FaceFit, opening: Polygon, { x, y, radius }: Disc, eyeball: number, outwards: 1 | -1): Iris {
  const r = fit.pose.rotation;
  let [top, bottom] = [Infinity, -Infinity];
  for (let i = 1; i < opening.length; i += 2) {
    top = Math.min(top, opening[i]!);
    bottom = Math.max(bottom, opening[i]!);
  }
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

/** Writes the white (with the opening as alpha) to the image's upper half and the iris to its lower half. */
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
  const bright = Float64Array.from(inside, (_, k) => 0.299 * pixel(k, 0) + 0.587 * pixel(k, 1) + 0.114 * pixel(k, 2));
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

/** The white as if there were no iris: f32[n x 3]. */
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
    // A trace of the typical white everywhere decides where nothing is near.
    weight[k] = known + 1e-3;
    for (let c = 0; c < 3; c++)
      data[3 * k + c] = known * pixel(k, c) + 1e-3 * (typical === undefined ? level : pixel(typical, c));
  }
  const filled = pushPull(data, weight, width, height, 3);
  gaussianBlur(filled, width, height, 3, Math.max(0.8, 0.15 * radius));
  return filled;
}

/** The iris as if nothing covered it: its own pixels, and its mean at the same radius where lids and catch lights are. f32[n x 3]. */
function irisColour(inside: Float32Array, radii: Float32Array, pixel: Pixel, bright: Float64Array): Float32Array {
  const rim = 1 - LIMBUS_SOFTNESS;
  const bin = (k: number): number => Math.min(PROFILE_BINS - 1, (Math.min(radii[k]!, rim) / rim) * (PROFILE_BINS - 1));
  /** Mean of `value` over the pixels near each bin, with `trust` as weight. */
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
  // First without thinking of catch lights, then without them.
  const usual = profile(
    (k) => bright[k]!,
    (k) => inside[k]!,
  );
  const darker = profile(
    (k) => bright[k]!,
    (k) => (bright[k]! <= at(usual, k) + 10 ? inside[k]! : 0),
  );
  const own = Float32Array.from(radii, (radius, k) => {
    const light = smoothstep(...CATCH_LIGHT, bright[k]! - at(darker, k));
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

/** Brightness between pixels, bilinear, 0 ... 255. */
function luma({ width, height, data }: RgbaImage, x: number, y: number): number {
  const sx = Math.min(width - 1.001, Math.max(0, x - 0.5));
  const sy = Math.min(height - 1.001, Math.max(0, y - 0.5));
  const ix = Math.floor(sx);
  const iy = Math.floor(sy);
  const fx = sx - ix;
  const fy = sy - iy;
  const at = 4 * (iy * width + ix);
  const below = at + 4 * width;
  return (
    (1 - fy) * ((1 - fx) * lumaAt(data, at) + fx * lumaAt(data, at + 4)) +
    fy * ((1 - fx) * lumaAt(data, below) + fx * lumaAt(data, below + 4))
  );
}

/** @param at index of the pixel's red */
function lumaAt(data: Uint8ClampedArray, at: number): number {
  return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
}
