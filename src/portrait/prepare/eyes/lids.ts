/**
 * @file Closed eyes. The photo with its eyes closed is synthesised once (lid-skin.ts). Each face vertex round the eyes
 * stores its position in that image for the closed eye. A fully closed eye therefore shows exactly that image, whatever
 * shape the mesh has.
 */

import { type FaceModel, withExpression } from '../../../weights/face-model';
import { project } from '../../../portrait-bundle/pose';
import type { LidTexture } from '../../../portrait-bundle/portrait-bundle';
import type { FaceFit } from '../../fit/face-fit';
import type { RgbaImage } from '../../../core/rgba-image';
import { rasterise } from '../../mesh/depth-raster';
import { eyeOpenings } from './eye-openings';
import { faceTopology } from '../../mesh/face-topology';
import type { PhotoEye } from './lid-relief';
import { lidSkin } from './lid-skin';
import { surfaceDistances } from '../../mesh/surface-distances';
import type { PosedFace } from '../face/posed-face';
import { blinkExpressions, correctGaps, ringGaps } from '../../mesh/ring-gaps';
import { smoothstep } from '../../../core/smooth';

/** Overlap of a fully closed upper lid with the lower one. */
const OVERLAP_CM = 0.07;
/**
 * Distance from the lids' edges along the skin: full share of the lid texture up to the first, none from the second.
 */
const LID_REACH_CM = [1.4, 1.9] as const;
/** Skin that turns away further than this (cosine to the viewer) may not be visible in the photo. */
const FACING = 0.25;

/** Strength of the lash line = exp(-(lashDistance / LASH_UNIT_IOD)^2), see PortraitMesh. */
const LASH_UNIT_IOD = 0.016;
/** Brightness relative to the skin of lashes that get the full strength. */
const DARKEST_LASH = 0.3;
/** Smallest strength, for photos without visible lashes. */
const LEAST_LASH = 0.45;
/** Strength along the lid, from the inner corner to the outer. */
const LASH_PROFILE = [0.01, 0.25, 0.5, 0.65, 0.8, 0.9, 1, 0.95, 0.7, 0.01];
/** Strength that counts as none; its logarithm must be finite. */
const WEAKEST_LASH = 0.01;
/** `lashDistance` of vertices far from the lids. */
const NO_LASH_IOD = 10;

export type LidLayer = {
  /** Overlap of closed lids, IOD. */
  overlap: number;
  /** Per face vertex, see PortraitMesh. */
  lidUv: Float32Array;
  lidMask: Float32Array;
  lashDistance: Float32Array;
  texture: LidTexture;
  /** The person wears glasses with a dark frame. */
  hasGlasses: boolean;
};

/** Prepares the closed eyes. @param headroom f32[E], see PortraitBundle */
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
  const lidUv = closedEyePositions(model, fit, headroom, overlap);

  const lidMask = new Float32Array(count);
  const lashDistance = new Float32Array(count).fill(NO_LASH_IOD);
  const [full, end] = LID_REACH_CM;
  for (const side of [0, 1] as const) {
    const { upper, lower } = gaps.pairs[side + 1]!;
    const { nearest, distance } = surfaceDistances(model.neutral, surface, [...upper, ...lower], end / model.iodCm);
    const isUpper = new Set(upper);
    for (let v = 0; v < count; v++) {
      if (nearest[v]! < 0) continue;
      const mask = 1 - smoothstep(full, end, distance[v]! * model.iodCm);
      lidMask[v] = side === 0 ? -mask : mask;
      if (!isUpper.has(nearest[v]!)) lashDistance[v] = -Math.max(distance[v]!, 1e-6);
    }
  }

  const openings = eyeOpenings(model, posed);
  const eyes = ([0, 1] as const).map((side): PhotoEye => {
    const { upper } = gaps.pairs[side + 1]!;
    const at = (points: Float32Array): Float32Array =>
      Float32Array.from([...upper].flatMap((v) => [points[2 * v]!, points[2 * v + 1]!]));
    return { opening: openings[side]!, upper: at(posed.pixels), closedEdge: at(lidUv), innerAtEnd: side === 0 };
  });
  const { texture, hasGlasses, lashLight } = lidSkin(
    photo,
    eyes,
    landmarks,
    faceSilhouette(model, posed, photo),
    lidMaskOfPixels(model, lidUv, lidMask, photo),
    fit.pose.scale,
  );

  eyes.forEach(({ closedEdge, innerAtEnd }, side) => {
    const strength = Math.min(1, Math.max(LEAST_LASH, (1 - lashLight[side]!) / (1 - DARKEST_LASH)));
    const along = arcLengths(closedEdge);
    gaps.pairs[side === 0 ? 1 : 2].upper.forEach((v, i) => {
      const u = along[i]! / along[along.length - 1]!;
      const lash = Math.max(WEAKEST_LASH, strength * lashProfile(innerAtEnd ? 1 - u : u) * levelness(closedEdge, i));
      lashDistance[v] = LASH_UNIT_IOD * Math.sqrt(-Math.log(lash));
    });
  });
  return { overlap, lidUv, lidMask, lashDistance, texture, hasGlasses };
}

/**
 * How parallel a path is to the line through its ends: 1 parallel, 0 where it rises steeply near a corner of the eye.
 */
function levelness(path: Float32Array, i: number): number {
  const last = path.length / 2 - 1;
  const step = (from: number, to: number): [number, number] => [
    path[2 * to]! - path[2 * from]!,
    path[2 * to + 1]! - path[2 * from + 1]!,
  ];
  const [ax, ay] = step(0, last);
  const [dx, dy] = step(Math.max(0, i - 1), Math.min(last, i + 1));
  const along = (ax * dx + ay * dy) / (Math.hypot(ax, ay) * Math.hypot(dx, dy) || 1);
  return Math.max(0, along) ** 3;
}

/** Length of a path up to each of its points. @param path f32[n x 2] */
function arcLengths(path: Float32Array): number[] {
  const out = [0];
  for (let i = 2; i < path.length; i += 2)
    out.push(out[out.length - 1]! + Math.hypot(path[i]! - path[i - 2]!, path[i + 1]! - path[i - 1]!));
  return out;
}

/** Strength of the lash line along the lid. @param u 0 at the inner corner, 1 at the outer */
function lashProfile(u: number): number {
  const at = u * (LASH_PROFILE.length - 1);
  const i = Math.min(LASH_PROFILE.length - 2, Math.floor(at));
  return LASH_PROFILE[i]! + (at - i) * (LASH_PROFILE[i + 1]! - LASH_PROFILE[i]!);
}

/** Positions of the face vertices with both eyes closed, as the renderer closes them: f32[face vertices x 2], px. */
function closedEyePositions(model: FaceModel, fit: FaceFit, headroom: Float32Array, overlap: number): Float32Array {
  const { gaps } = faceTopology(model);
  const closedExpression = fit.expression.slice();
  for (const e of blinkExpressions(model)) closedExpression[e] = closedExpression[e]! + headroom[e]!;
  const closed = withExpression(model, fit.vertices, closedExpression);
  const opening = ringGaps(gaps.samples, (v) => closed[3 * v + 1]!);
  correctGaps(
    closed,
    gaps,
    opening.map((gap, s) => (s < gaps.offsets[1] ? 0 : -gap - overlap)),
  );
  return project(fit.pose, closed.subarray(0, 3 * model.parts.face.vertices[1]));
}

/** Share of the lid texture that the mesh with closed eyes shows at each pixel, 0 ... 1. */
function lidMaskOfPixels(
  model: FaceModel,
  lidUv: Float32Array,
  lidMask: Float32Array,
  { width, height }: RgbaImage,
): (x: number, y: number) => number {
  // Rasterised as depth: where triangles overlap, the largest mask wins.
  const without = lidMask.map((mask) => 1 - Math.abs(mask));
  const { depth } = rasterise(lidUv, without, faceTopology(model).thinFace, width, height);
  return (x, y) => Math.max(0, 1 - depth[y * width + x]!);
}

/** Whether a pixel of the photo shows the face. */
function faceSilhouette(
  model: FaceModel,
  posed: PosedFace,
  { width, height }: RgbaImage,
): (x: number, y: number) => boolean {
  const { thinFace } = faceTopology(model);
  const facing: number[] = [];
  for (let t = 0; t < thinFace.length; t += 3) {
    const corners = [thinFace[t]!, thinFace[t + 1]!, thinFace[t + 2]!];
    if (corners.every((v) => posed.facing[v]! > FACING)) facing.push(...corners);
  }
  const { triangle } = rasterise(posed.pixels, posed.depth, Uint32Array.from(facing), width, height);
  return (x, y) => triangle[Math.floor(y) * width + Math.floor(x)]! >= 0;
}
