/**
 * @file Measures of the frames of a portrait. Lengths here are divided by the distance between the eye centres (0.68
 * IOD), as is usual in face alignment; the glossary's IOD is the distance between the outer eye corners.
 *
 * The landmark network detects the landmarks in the drawn picture. Its bias (it reports a closed mouth as slightly
 * open, and places lips differently from other networks) is the same in all frames of a portrait, so displacements from
 * the rest frame are compared, not positions. The gap of closed lips is an absolute number and includes the bias.
 */
import { LANDMARK_COUNT } from '../../src/portrait/analysis/face-landmarker';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../src/core/rgba-image';
import { rasterise } from '../../src/portrait/mesh/depth-raster';
import { smoothstep } from '../../src/core/smooth';
import { restLatent } from '../../src/core/motion-latent';
import type { FaceModel } from '../../src/weights/face-model';
import { cpuFrame } from '../../test/fixtures/cpu-frame';
import { latentOf, motionFrame } from '../../test/fixtures/draw-frame';
import { psnr } from '../../test/reference/compare';
import { type PortraitFrames, shotNamed } from './frames';
import type { GalleryPortrait } from './gallery-page';

/** Distance between the eye centres in the photo of a portrait, px. */
export function eyeDistancePx(model: FaceModel, { pose }: PortraitBundle): number {
  const centre = (ring: Uint32Array): [number, number, number] => {
    const sum: [number, number, number] = [0, 0, 0];
    for (const v of ring) for (let c = 0; c < 3; c++) sum[c]! += model.neutral[3 * v + c]! / ring.length;
    return sum;
  };
  const [a, b] = [centre(model.rings.eyeLeft), centre(model.rings.eyeRight)];
  return pose.scale * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The measures, under their names in the JSON of the gallery. */
export type Measures = {
  /** PSNR of the rest frame against the photo, within the head. */
  rest_psnr_db: number;
  /** Triangles of the visible face that show their texture mirrored, over all shots. */
  folds: number;
  /** Largest gap between the inner lips in M/B/P, as detected by the landmark network. */
  closed_gap_iod: number;
  /** Gap between the middles of the inner lips in AA, as detected by the landmark network. */
  aa_aperture_iod: number;
  /** Largest displacement of a face vertex between display frames at rest. */
  rest_jitter_px: number;
  /** Mean error of the landmarks of the lower face, detected in the picture, relative to the commanded ones. */
  landmark_error_iod: number;
  seconds_to_analyse: number;
};

/** The limit of each measure, a minimum or a maximum. */
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
/** Vertices of the face layer with a lower opacity do not count as visible. */
const VISIBLE_ALPHA = 0.5;
/** Blinks between which a lid changes from the photo to the picture of the closed eyes (face-layer.wgsl). */
const [UPPER_LID_BLINKS, LOWER_LID_BLINKS] = [
  [0.05, 0.45],
  [0.6, 0.95],
] as const;
/** Size of the raster in which folds are counted, px: fine enough for the small triangles of the lips. */
const FOLD_RASTER_PX = 1024;
/** Display frames at rest: for each one on a motion frame, two lie between motion frames. */
const REST_FRAMES = 10;

/** PSNR of the rest frame against the photo within the head. @param rest as large as the photo */
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
 * Counts the triangles that face the viewer in their texture but show their back in the frame, so the texture appears
 * mirrored. Triangles that turn away behind nearer skin, such as the far wing of the nose, are not folds. The texture
 * is the photo or, on closing lids, the picture of the closed eyes.
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

/** Share of the picture of the closed eyes at a vertex, as mixed by face-layer.wgsl. */
function lidAmount({ lidMask, lashDistance }: PortraitBundle['mesh'], v: number, blink: number): number {
  const [from, to] = lashDistance[v]! < 0 ? LOWER_LID_BLINKS : UPPER_LID_BLINKS;
  return Math.abs(lidMask[v]!) * smoothstep(from, to, blink);
}

/** Twice the signed area; negative if the triangle shows its front, because y points down. @param points f32[n x 2] */
function signedArea(points: Float32Array, corners: Uint32Array): number {
  const [a, b, c] = [2 * corners[0]!, 2 * corners[1]!, 2 * corners[2]!];
  return (
    (points[b]! - points[a]!) * (points[c + 1]! - points[a + 1]!) -
    (points[c]! - points[a]!) * (points[b + 1]! - points[a + 1]!)
  );
}

/**
 * Largest displacement of a visible face vertex over display frames in the rest pose.
 *
 * @param frames of any size; @param size of the frames that the result refers to, px
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
 * The commanded positions of the landmarks of the lower face (lips, chin, cheeks below the nose) in a shot, from the
 * CPU renderer (portrait-bundle.ts, steps 1 to 4).
 *
 * @returns f32[478 x 3], px of the photo, z 0; NaN if the model does not have the landmark or if it is not on the lower
 * face
 */
export function commandedLandmarks(model: FaceModel, bundle: PortraitBundle, shot: string): Float32Array {
  const { expressions, pose, speechBlend, articulation } = shotNamed(shot);
  const { mesh } = cpuFrame(model, bundle, [
    motionFrame(latentOf(model, expressions, pose), { speechBlend, articulation }),
  ]);
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
    const at = (axis: 0 | 1): number =>
      corners.reduce<number>((sum, v, j) => sum + weight[3 * k + j]! * mesh[3 * v! + axis]!, 0);
    found.set([at(0), at(1), 0], 3 * index[k]!);
  }
  return found;
}

/**
 * Mean difference between detected and commanded displacements from the rest pose.
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
