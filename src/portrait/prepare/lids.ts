/**
 * @file Closed eyes. A photo of open eyes does not show the skin of the lids, so it is made: the eyes are cut out of the
 * photo and filled from the skin round them, and each lid vertex looks up the colour at the place where it lies once the
 * eye is closed.
 */

import { type FaceModel, withExpression } from '../../weights/face-model.ts';
import { project } from '../fit/pose.ts';
import type { FaceFit, LidTexture, RgbaImage } from '../portrait-bundle.ts';
import { rasterise } from './depth-raster.ts';
import { boundingBox, eyeOpenings } from './eye-openings.ts';
import { faceTopology } from './face-topology.ts';
import { glassesFrame } from './glasses-frame.ts';
import { surfaceDistances } from './mesh-geometry.ts';
import { type Polygon, signedDistance } from './polygon.ts';
import type { PosedFace } from './posed-face.ts';
import { blinkExpressions, correctGaps, ringGaps } from './ring-gaps.ts';
import { gaussianBlur, pushPull, smoothstep } from './smooth.ts';

/** A fully closed upper lid overlaps the lower one by this. */
const OVERLAP_CM = 0.07;
/** Vertices that travel less than the first in a blink keep the photo, more than the second take the lid texture. */
const TRAVEL_IOD = [0.006, 0.04] as const;
/** Lashes thin out towards the corners of the eye: as if so much farther from the edge there, over this share of its length. */
const LASH_TAPER_IOD = 0.02;
const LASH_TAPER = 0.2;
/** From the lid's edge along the skin: lid until the first, none from the second (where the mesh may be coarse). */
const LID_REACH_CM = [0.6, 0.95] as const;
/** What is cut out round the opening: lashes and liner. Sideways, above, below, IOD. */
const CUT_X_IOD = 0.05;
const CUT_ABOVE_IOD = 0.045;
const CUT_BELOW_IOD = 0.032;
/** The cut's edge is this soft. */
const CUT_FEATHER_IOD = 0.04;
/** Where the closed lid lies, new skin is made, ending this softly: it takes the shade of what it meets at the fold. */
const LID_EDGE_IOD = 0.014;
/** Skin may be taken from this far away, and not from the brows. */
const MARGIN_IOD = 0.22;
const BROW_CLEARANCE_IOD = 0.02;
/** Skin darker than this share of what is around it is lash or liner, and no model for a lid. */
const DARK_SKIN = [0.3, 0.55] as const;
const AROUND_IOD = 0.08;
/** Blur of the skin that fills, and darkening of the lid against the skin round it. */
const FILL_BLUR_IOD = 0.02;
const LID_SHADE = 0.98;
/** Sweeps that smooth the fill. */
const MEMBRANE_SWEEPS = 40;
/** Grain of the photo (skin, brush strokes) is taken from the cheek below. */
const GRAIN_OFFSET_IOD = 0.26;
const GRAIN_BLUR_IOD = 0.018;

/** Far away for `lashDistance`. */
const NO_LASH_IOD = 10;

const BROWS = [
  [70, 63, 105, 66, 107, 55, 65, 52, 53, 46],
  [300, 293, 334, 296, 336, 285, 295, 282, 283, 276],
];

export type LidLayer = {
  /** IOD. */
  overlap: number;
  /** f32[face vertices x 2], px. */
  lidUv: Float32Array;
  /** f32[face vertices]. */
  lidMask: Float32Array;
  lashDistance: Float32Array;
  texture: LidTexture;
  /** Dark frames of glasses are in front of the eyes. */
  hasGlasses: boolean;
};

/** @param headroom f32[E], see PortraitBundle */
export function prepareLids(
  model: FaceModel,
  fit: FaceFit,
  posed: PosedFace,
  photo: RgbaImage,
  landmarks: Float32Array,
  headroom: Float32Array,
): LidLayer {
  const overlap = OVERLAP_CM / model.iodCm;
  const count = model.parts.face.vertices[1];
  const { gaps, surface } = faceTopology(model);

  // Both eyes closed, as the renderer closes them.
  const closedExpression = fit.expression.slice();
  for (const e of blinkExpressions(model)) closedExpression[e] = closedExpression[e]! + headroom[e]!;
  const closed = withExpression(model, fit.vertices, closedExpression);
  const opening = ringGaps(gaps.samples, (v) => closed[3 * v + 1]!);
  correctGaps(
    closed,
    gaps,
    opening.map((gap, s) => (s < gaps.offsets[1] ? 0 : -gap - overlap)),
  );
  const lidUv = project(fit.pose, closed.subarray(0, 3 * count));

  const eyes = eyeOpenings(model, posed);
  const cuts = eyes.map((eye) => eyeCut(eye, fit.pose.scale));
  const lidMask = new Float32Array(count);
  const lashDistance = new Float32Array(count).fill(NO_LASH_IOD);
  const reach = LID_REACH_CM[1] / model.iodCm;
  for (const side of [0, 1] as const) {
    const pair = gaps.pairs[side + 1]!;
    const near = surfaceDistances(model.neutral, surface, [...pair.upper, ...pair.lower], reach);
    const upper = new Set(pair.upper);
    const { distance: edge, nearest: edgeNearest } = surfaceDistances(model.neutral, surface, pair.upper, reach);
    const place = new Map([...pair.upper].map((v, n) => [v, n / (pair.upper.length - 1)]));
    const taper = (v: number): number => {
      const u = place.get(v) ?? 0;
      return 1 - smoothstep(0, LASH_TAPER, Math.min(u, 1 - u));
    };
    for (let v = 0; v < count; v++) {
      if (near.nearest[v]! < 0) continue;
      lashDistance[v] = Math.min(lashDistance[v]!, edge[v]! + LASH_TAPER_IOD * taper(edgeNearest[v]!));
      // Two reasons for lid skin: the vertex travels far on the upper lid, or its own place in the photo is eye or lash.
      const [px, py] = [posed.pixels[2 * v]!, posed.pixels[2 * v + 1]!];
      const travel = upper.has(near.nearest[v]!)
        ? Math.hypot(lidUv[2 * v]! - px, lidUv[2 * v + 1]! - py) / fit.pose.scale
        : 0;
      const mask = Math.max(
        smoothstep(TRAVEL_IOD[0], TRAVEL_IOD[1], travel),
        cutAmount(cutDistance(cuts[side]!, px, py)),
      );
      const onLid = 1 - smoothstep(LID_REACH_CM[0], LID_REACH_CM[1], near.distance[v]! * model.iodCm);
      lidMask[v] = (side === 0 ? -mask : mask) * onLid;
    }
  }
  return {
    overlap,
    lidUv,
    lidMask,
    lashDistance,
    ...lidTexture(model, fit, eyes, lidUv, lidMask, photo, landmarks),
  };
}

/** What is cut out with an eye: its opening, stretched so that the cut's edge is CUT_X_IOD away in every direction. */
type EyeCut = { middle: number; scale: number; above: Polygon; below: Polygon };

/** @param eye opening, px; @param scale px per IOD */
function eyeCut(eye: Polygon, scale: number): EyeCut {
  let middle = 0;
  for (let i = 1; i < eye.length; i += 2) middle += (2 * eye[i]!) / eye.length;
  const stretched = (stretch: number): Polygon =>
    eye.map((value, i) => (i % 2 === 1 ? middle + (value - middle) * stretch : value));
  return { middle, scale, above: stretched(CUT_X_IOD / CUT_ABOVE_IOD), below: stretched(CUT_X_IOD / CUT_BELOW_IOD) };
}

/** Distance of a pixel from the opening, IOD. */
function cutDistance({ middle, scale, above, below }: EyeCut, px: number, py: number): number {
  const isAbove = py < middle;
  return (
    signedDistance(
      isAbove ? above : below,
      px,
      middle + ((py - middle) * CUT_X_IOD) / (isAbove ? CUT_ABOVE_IOD : CUT_BELOW_IOD),
    ) / scale
  );
}

/** How far a pixel belongs to the cut: 1 in the opening and its lashes, 0 on the skin. */
function cutAmount(distance: number): number {
  return 1 - smoothstep(CUT_X_IOD, CUT_X_IOD + CUT_FEATHER_IOD, distance);
}

/** The photo round both eyes, without the eyes. */
function lidTexture(
  model: FaceModel,
  fit: FaceFit,
  eyes: Polygon[],
  lidUv: Float32Array,
  lidMask: Float32Array,
  photo: RgbaImage,
  landmarks: Float32Array,
): { texture: LidTexture; hasGlasses: boolean } {
  const scale = fit.pose.scale;
  const brows = BROWS.map((ring) => Float32Array.from(ring.flatMap((i) => [landmarks[3 * i]!, landmarks[3 * i + 1]!])));
  const [x0, y0, x1, y1] = boundingBox(eyes, MARGIN_IOD * scale, photo);
  const [width, height] = [x1 - x0, y1 - y0];
  const size = width * height;

  const frame = glassesFrame(photo, [x0, y0, x1, y1], eyes, brows, scale);
  const cut = closedLids(model, lidUv, lidMask, [x0, y0], width, height); // 1 on eye and lids, 0 on the skin
  gaussianBlur(cut, width, height, 1, Math.max(0.6, LID_EDGE_IOD * scale));
  const weight = new Float32Array(size);
  const nearBrow = brows.map((brow) => boundingBox([brow], BROW_CLEARANCE_IOD * scale, photo));
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const [px, py] = [x0 + x + 0.5, y0 + y + 0.5];
      cut[k] = smoothstep(0.1, 0.9, cut[k]!) * (1 - frame[k]!);
      if (cut[k]! > 0.02) continue;
      weight[k] = 1 - frame[k]!;
      brows.forEach((brow, side) => {
        const [left, top, right, bottom] = nearBrow[side]!;
        if (px < left || px > right || py < top || py > bottom) return; // most of the crop lies far from the brows
        weight[k] = weight[k]! * smoothstep(0, BROW_CLEARANCE_IOD, signedDistance(brow, px, py) / scale);
      });
    }
  }
  preferLightSkin(photo, x0, y0, width, height, weight, Math.max(1, AROUND_IOD * scale));
  const filled = skinUnderEyes(photo, [x0, y0], width, height, weight, Math.max(0.8, FILL_BLUR_IOD * scale));

  const grain = grainBelow(photo, x0, y0, width, height, scale);
  const image: RgbaImage = { width, height, data: new Uint8ClampedArray(4 * size) };
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * ((y0 + y) * photo.width + x0 + x);
      for (let c = 0; c < 3; c++) {
        const lid = filled[3 * k + c]! * LID_SHADE + grain[k]!;
        image.data[4 * k + c] = photo.data[o + c]! * (1 - cut[k]!) + lid * cut[k]!;
      }
      image.data[4 * k + 3] = 255;
    }
  }
  return { texture: { image, offset: [x0, y0] }, hasGlasses: frame.some((value) => value > 0) };
}

/** 1 where a closed lid lies: f32[height x width] of the crop. */
function closedLids(
  model: FaceModel,
  lidUv: Float32Array,
  lidMask: Float32Array,
  [x0, y0]: [number, number],
  width: number,
  height: number,
): Float32Array {
  const triangles = faceTopology(model).thinFace;
  const lids: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
    if (corners.some((v) => Math.abs(lidMask[v]!) > 0.1)) lids.push(...corners);
  }
  const placed = lidUv.map((p, i) => p - (i % 2 ? y0 : x0));
  const { triangle } = rasterise(placed, new Float32Array(lidUv.length / 2), Uint32Array.from(lids), width, height);
  return Float32Array.from(triangle, (t) => (t >= 0 ? 1 : 0));
}

/**
 * Skin where there is none: a membrane hung on the blurred skin round it, so that the lid has the shade of what it meets on
 * every side (Laplace's equation by successive over-relaxation, from what push-pull fills in).
 *
 * @param weight 1 on skin, 0 where it is asked for
 * @returns f32[height x width x 3]
 */
function skinUnderEyes(
  photo: RgbaImage,
  [x0, y0]: [number, number],
  width: number,
  height: number,
  weight: Float32Array,
  sigma: number,
): Float32Array {
  const source = new Float32Array(3 * weight.length);
  for (let k = 0; k < weight.length; k++) {
    const o = 4 * ((y0 + Math.floor(k / width)) * photo.width + x0 + (k % width));
    for (let c = 0; c < 3; c++) source[3 * k + c] = photo.data[o + c]! * weight[k]!;
  }
  // Blur before filling: single dark lashes at the edge would become streaks.
  const known = weight.slice();
  gaussianBlur(source, width, height, 3, sigma);
  gaussianBlur(known, width, height, 1, sigma);
  for (let k = 0; k < known.length; k++) {
    // Where hardly any skin was near, nothing is known.
    const keep = weight[k]! > 0 ? smoothstep(0.15, 0.5, known[k]!) / Math.max(known[k]!, 1e-6) : 0;
    for (let c = 0; c < 3; c++) source[3 * k + c] = source[3 * k + c]! * keep;
    known[k] = known[k]! * keep;
  }
  const filled = pushPull(source, known, width, height, 3);
  for (let sweep = 0; sweep < MEMBRANE_SWEEPS; sweep++) {
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        const k = y * width + x;
        const free = 1.5 * (1 - known[k]!);
        if (free < 0.01) continue;
        for (let c = 0; c < 3; c++) {
          const at = 3 * k + c;
          const mean = 0.25 * (filled[at - 3]! + filled[at + 3]! + filled[at - 3 * width]! + filled[at + 3 * width]!);
          filled[at] = filled[at]! + free * (mean - filled[at]!);
        }
      }
    }
  }
  return filled;
}

/** Takes weight from pixels that are much darker than the skin around them, in place. @param sigma of "around", px */
function preferLightSkin(
  photo: RgbaImage,
  x0: number,
  y0: number,
  width: number,
  height: number,
  weight: Float32Array,
  sigma: number,
): void {
  const luma = new Float32Array(weight.length);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * ((y0 + y) * photo.width + x0 + x);
      luma[k] = 0.299 * photo.data[o]! + 0.587 * photo.data[o + 1]! + 0.114 * photo.data[o + 2]!;
    }
  }
  const usual = luma.map((value, k) => value * weight[k]!);
  const total = weight.slice();
  gaussianBlur(usual, width, height, 1, sigma);
  gaussianBlur(total, width, height, 1, sigma);
  for (let k = 0; k < weight.length; k++) {
    const around = usual[k]! / Math.max(total[k]!, 1e-6);
    weight[k] = weight[k]! * (0.02 + 0.98 * smoothstep(DARK_SKIN[0] * around, DARK_SKIN[1] * around, luma[k]!));
  }
}

/** Fine brightness of the cheek below the crop: f32[width x height], levels of 255 about 0. */
function grainBelow(
  photo: RgbaImage,
  x0: number,
  y0: number,
  width: number,
  height: number,
  scale: number,
): Float32Array {
  const shift = Math.round(GRAIN_OFFSET_IOD * scale);
  const luma = new Float32Array(width * height);
  for (let y = 0, k = 0; y < height; y++) {
    const py = Math.min(photo.height - 1, y0 + y + shift);
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * (py * photo.width + x0 + x);
      luma[k] = 0.299 * photo.data[o]! + 0.587 * photo.data[o + 1]! + 0.114 * photo.data[o + 2]!;
    }
  }
  const smooth = luma.slice();
  gaussianBlur(smooth, width, height, 1, Math.max(0.8, GRAIN_BLUR_IOD * scale));
  return luma.map((value, k) => Math.max(-12, Math.min(12, value - smooth[k]!)));
}
