/**
 * @file What can be measured of a portrait's frames. Here IOD is the distance of the eyes' centres (0.68 of the canonical
 * unit, the distance of the outer corners), as it is usual where faces are compared.
 *
 * Landmarks are found again in the drawn picture by the landmark network. Its own bias (it sees a closed mouth a little
 * open, and no two people's lips where the other networks see them) is the same in all frames of a portrait, so positions
 * are compared as displacements from the rest frame. The gap of closed lips is an absolute number and keeps its bias.
 */
import { LANDMARK_COUNT } from '../../src/portrait/analysis/face-landmarker';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../src/core/rgba-image';
import { rasterise } from '../../src/portrait/mesh/depth-raster';
import { smoothstep } from '../../src/core/smooth';
import { restLatent } from '../../src/core/motion-latent';
import type { FaceModel } from '../../src/weights/face-model';
import { latentOf } from '../../test/fixtures/draw-frame';
import { psnr } from '../../test/reference/compare';
import { referenceFrame } from '../../test/kernels/support/warp-reference';
import { type PortraitFrames, shotNamed } from './frames';
import type { GalleryPortrait } from './gallery-page';

/** Inter-ocular distance in a portrait's photo, px. */
export function eyeDistancePx(model: FaceModel, { pose }: PortraitBundle): number {
  const centre = (ring: Uint32Array): [number, number, number] => {
    const sum: [number, number, number] = [0, 0, 0];
    for (const v of ring) for (let c = 0; c < 3; c++) sum[c]! += model.neutral[3 * v + c]! / ring.length;
    return sum;
  };
  const [a, b] = [centre(model.rings.eyeLeft), centre(model.rings.eyeRight)];
  return pose.scale * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Under these names in the gallery's JSON. */
export type Measures = {
  /** Rest frame against the photo, in the head. */
  rest_psnr_db: number;
  /** Triangles of the visible face that show their texture mirrored, over all shots. */
  folds: number;
  /** Largest gap between the inner lips of M/B/P, as the landmark network sees it. */
  closed_gap_iod: number;
  /** Gap between the inner lips in the middle of AA, as the landmark network sees it. */
  aa_aperture_iod: number;
  /** Largest displacement of a face vertex between display frames at rest. */
  rest_jitter_px: number;
  /** Mean error of the lower face's landmarks, found again in the picture, against the commanded ones. */
  landmark_error_iod: number;
  seconds_to_analyse: number;
};

/** What each must keep: at least or at most. */
export const LIMITS: Record<keyof Measures, { least?: number; most?: number }> = {
  rest_psnr_db: { least: 40 },
  folds: { most: 0 },
  closed_gap_iod: { most: 0.01 },
  aa_aperture_iod: { least: 0.25 },
  rest_jitter_px: { most: 0.1 },
  landmark_error_iod: { most: 0.03 },
  seconds_to_analyse: { most: 2 },
};

export function passes(name: keyof Measures, value: number): boolean {
  const { least = -Infinity, most = Infinity } = LIMITS[name];
  return value >= least && value <= most;
}

const INNER_LIPS = [
  [81, 178],
  [82, 87],
  [13, 14],
  [312, 317],
  [311, 402],
] as const;
const [UPPER_LIP, LOWER_LIP, NOSE_TIP, CHIN, BELOW_NOSE] = [13, 14, 1, 152, 2];
/** Half width of the head about the nose. */
const HEAD_HALF_WIDTH_IOD = 1;
/** A vertex of the face layer that is fainter is no part of the visible face. */
const VISIBLE_ALPHA = 0.5;
/** Blinks between which a lid changes from the photo to the picture of the closed eyes (face-layer.wgsl). */
const [UPPER_LID_BLINKS, LOWER_LID_BLINKS] = [
  [0.05, 0.45],
  [0.6, 0.95],
] as const;
/** Raster of the folds: fine enough for the small triangles of the lips, px. */
const FOLD_RASTER_PX = 1024;
/** Display frames at rest, with two that lie between motion frames to one that lies on it. */
const REST_FRAMES = 10;

/** Rest frame against the photo where the person's head is. @param rest as large as the photo */
export function restPsnr({ photo, landmarks, matte, bundle }: GalleryPortrait, rest: RgbaImage): number {
  const [nose, chin] = [landmarks[3 * NOSE_TIP]!, landmarks[3 * CHIN + 1]!];
  const reach = HEAD_HALF_WIDTH_IOD * bundle.pose.scale;
  return psnr(rest, photo, (x, y) => {
    if (y > chin || Math.abs(x - nose) > reach) return false;
    const column = Math.floor((x * matte.width) / photo.width);
    return matte.data[Math.floor((y * matte.height) / photo.height) * matte.width + column]! > 0.5;
  });
}

/**
 * Triangles that are seen in their texture from their front and in the frame from their back: they show it mirrored. What turns
 * away and hides behind nearer skin, like the far wing of the nose, is no fold. The texture is the photo, on lids that come
 * down the picture of the closed eyes.
 *
 * @param frame mesh as drawn, f32[n x 4]
 * @param blink of both eyes, 0 ... 1
 */
export function foldedTriangles({ mesh }: PortraitBundle, frame: Float32Array, blink = 0): number {
  const faces: number[] = [];
  for (let t = 0; t < mesh.faceTriangles.length; t += 3) {
    const corners = mesh.faceTriangles.subarray(t, t + 3);
    if (corners.every((v) => mesh.alpha[v]! >= VISIBLE_ALPHA)) faces.push(...corners);
  }
  const triangles = Uint32Array.from(faces);
  const count = mesh.faceVertexCount;
  const [placed, depth] = [new Float32Array(2 * count), new Float32Array(count)];
  for (let v = 0; v < count; v++) {
    placed[2 * v] = ((frame[4 * v]! + 1) / 2) * FOLD_RASTER_PX;
    placed[2 * v + 1] = ((1 - frame[4 * v + 1]!) / 2) * FOLD_RASTER_PX;
    depth[v] = frame[4 * v + 2]!;
  }
  const { triangle } = rasterise(placed, depth, triangles, FOLD_RASTER_PX, FOLD_RASTER_PX);
  const folded = new Set<number>();
  for (const t of triangle) {
    if (t < 0 || folded.has(t)) continue;
    const corners = triangles.subarray(3 * t, 3 * t + 3);
    const shown = corners.every((v) => lidAmount(mesh, v, blink) > 0.5) ? mesh.lidUv : mesh.uv;
    if (signedArea(shown, corners) < 0 && signedArea(placed, corners) > 0) folded.add(t);
  }
  return folded.size;
}

/** Share of the closed eyes' picture at a vertex, as face-layer.wgsl mixes it. */
function lidAmount({ lidMask, lashDistance }: PortraitBundle['mesh'], v: number, blink: number): number {
  const [from, to] = lashDistance[v]! < 0 ? LOWER_LID_BLINKS : UPPER_LID_BLINKS;
  return Math.abs(lidMask[v]!) * smoothstep(from, to, blink);
}

/** Twice the area; negative where the triangle shows its front, y down. @param points f32[n x 2] */
function signedArea(points: Float32Array, corners: Uint32Array): number {
  const [a, b, c] = [2 * corners[0]!, 2 * corners[1]!, 2 * corners[2]!];
  return (
    (points[b]! - points[a]!) * (points[c + 1]! - points[a + 1]!) -
    (points[c]! - points[a]!) * (points[b + 1]! - points[a + 1]!)
  );
}

/**
 * Largest displacement of a visible face vertex over display frames while the motion rests.
 *
 * @param frames of any size; @param size of the frames that the answer is for, px
 */
export async function restJitter({ mesh }: PortraitBundle, frames: PortraitFrames, size: number): Promise<number> {
  let first: Float32Array | undefined;
  let largest = 0;
  for (let k = 0; k < REST_FRAMES; k++) {
    const { mesh: placed } = await frames.draw({ to: restLatent(), mix: ((k % 3) + 1) / 3 });
    first ??= placed;
    for (let v = 0; v < mesh.faceVertexCount; v++) {
      if (mesh.alpha[v]! < VISIBLE_ALPHA) continue;
      const moved = Math.hypot(placed[4 * v]! - first[4 * v]!, placed[4 * v + 1]! - first[4 * v + 1]!);
      largest = Math.max(largest, (moved * size) / 2);
    }
  }
  return largest;
}

function distance(points: Float32Array, a: number, b: number): number {
  return Math.hypot(points[3 * a]! - points[3 * b]!, points[3 * a + 1]! - points[3 * b + 1]!);
}

/** Largest gap between the inner lips. @param landmarks f32[n x 3] */
export function largestLipGap(landmarks: Float32Array): number {
  return Math.max(...INNER_LIPS.map(([upper, lower]) => distance(landmarks, upper, lower)));
}

/** Gap in the middle of the inner lips. @param landmarks f32[n x 3] */
export function middleLipGap(landmarks: Float32Array): number {
  return distance(landmarks, UPPER_LIP, LOWER_LIP);
}

/**
 * Where a shot puts the landmarks of the lower face (lips, chin, cheeks below the nose), by the reference of the frame
 * (portrait-bundle.ts, steps 1 to 4) and not by the renderer.
 *
 * @returns f32[478 x 3], px of the photo, z 0; NaN where the model has no such landmark or it is none of the lower face
 */
export function commandedLandmarks(model: FaceModel, bundle: PortraitBundle, shot: string): Float32Array {
  const { expressions, pose, speechBlend = 0, articulation } = shotNamed(shot);
  const reference = referenceFrame(model, bundle, latentOf(model, expressions, pose), speechBlend, [], articulation);
  const place = new Map(Array.from(bundle.mesh.source.subarray(0, bundle.mesh.faceVertexCount), (v, k) => [v, k]));
  const { count, index, vertex, weight, kind } = model.landmarks;
  const height = (k: number): number =>
    [0, 1, 2].reduce((y, j) => y + weight[3 * k + j]! * model.neutral[3 * vertex[3 * k + j]! + 1]!, 0);
  const nose = height(index.indexOf(BELOW_NOSE));
  const found = new Float32Array(3 * LANDMARK_COUNT).fill(Number.NaN);
  for (let k = 0; k < count; k++) {
    if (kind[k] === 'oval' || height(k) <= nose) continue;
    const corners = [0, 1, 2].map((j) => place.get(vertex[3 * k + j]!));
    if (corners.some((v) => v === undefined)) continue;
    const placed = corners.map((v) => reference.mesh(v!));
    const at = (axis: 0 | 1): number => placed.reduce((sum, p, j) => sum + weight[3 * k + j]! * p[axis], 0);
    found.set([at(0), at(1), 0], 3 * index[k]!);
  }
  return found;
}

/**
 * Mean difference between seen and commanded displacements from rest.
 *
 * @param seen landmarks of the shot and at rest, px of the frame; @param commanded likewise, px of the photo
 * @param factor frame px per photo px; @param iod px of the frame
 */
export function landmarkError(
  seen: { shot: Float32Array; rest: Float32Array },
  commanded: { shot: Float32Array; rest: Float32Array },
  factor: number,
  iod: number,
): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < 3 * LANDMARK_COUNT; i += 3) {
    if (Number.isNaN(commanded.rest[i]!)) continue;
    const error = (k: number): number =>
      seen.shot[k]! - seen.rest[k]! - (commanded.shot[k]! - commanded.rest[k]!) * factor;
    sum += Math.hypot(error(i), error(i + 1));
    count++;
  }
  return sum / count / iod;
}
