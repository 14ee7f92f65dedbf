/** @file One row of the contact sheet: the tiles and the measures of a portrait. */
import type { FaceLandmarker } from '../../src/portrait/analysis/face-landmarker';
import { roiFromLandmarks } from '../../src/portrait/analysis/face-roi';
import type { RgbaImage } from '../../src/core/rgba-image';
import type { FaceModel } from '../../src/weights/face-model';
import { PortraitFrames, shotNamed } from './frames';
import type { GalleryPortrait } from './gallery-page';
import {
  commandedLandmarks,
  eyeDistancePx,
  foldedTriangles,
  landmarkError,
  largestLipGap,
  type Measures,
  middleLipGap,
  restJitter,
  restPsnr,
} from './measures';
import { CONTACT_SHOTS, TRACKED_SHOTS } from './poses';
import { crop, headBox } from './tiles';

export type ContactRow = {
  /** The photo, then one tile per shot of CONTACT_SHOTS. */
  tiles: RgbaImage[];
  measures: Measures;
  /** The measures of each shot, and its lip gaps as detected in the picture and as commanded. */
  shots: Record<string, ShotMeasures>;
};

type ShotMeasures = {
  folds: number;
  /** For TRACKED_SHOTS only, like the fields below. */
  landmark_error_iod?: number;
  /** Middle, largest. */
  gaps_seen_iod?: [number, number];
  gaps_commanded_iod?: [number, number];
};

/**
 * Shots whose single figure matters: their landmarks are the mean of several detections, because one detection is off
 * by half a percent at the lips.
 */
const SETTLED_SHOTS = ['rest', 'aa', 'mbp'];
/** Enough for shots in which only the mesh is measured. */
const MESH_FRAME_PX = 64;

export type ContactOptions = {
  /** Sides of frames and tiles, px. */
  size: number;
  tile: number;
  sampleCount?: 1 | 4;
};

export async function contactRow(
  device: GPUDevice,
  model: FaceModel,
  landmarker: FaceLandmarker,
  portrait: GalleryPortrait,
  { size, tile, sampleCount = 4 }: ContactOptions,
): Promise<ContactRow> {
  const { bundle, photo, landmarks } = portrait;
  const factor = size / photo.width;
  const photoIod = eyeDistancePx(model, bundle);
  const frames = await PortraitFrames.create(device, model, portrait, size, { sampleCount });
  const tiles = [crop(photo, headBox(landmarks, 1, photo.width), tile)];
  const shots: ContactRow['shots'] = {};
  const restCommanded = commandedLandmarks(model, bundle, 'rest');
  const roi = roiFromLandmarks(landmarks.map((x) => x * factor));
  let restSeen: Float32Array | undefined;
  for (const name of CONTACT_SHOTS) {
    const { picture, mesh } = await frames.shot(name);
    tiles.push(crop(picture, headBox(landmarks, factor, size), tile));
    const shot: ShotMeasures = (shots[name] = {
      folds: foldedTriangles(bundle, mesh, shotNamed(name).expressions['eyeBlink']),
    });
    if (!TRACKED_SHOTS.includes(name)) continue;
    const seen = SETTLED_SHOTS.includes(name)
      ? (await landmarker.averagedLandmarks(picture, roi)).points
      : (await landmarker.landmarks(picture, roi)).points;
    restSeen ??= seen; // rest comes first
    const commanded = commandedLandmarks(model, bundle, name);
    shot.gaps_seen_iod = lipGaps(seen, factor * photoIod);
    shot.gaps_commanded_iod = lipGaps(commanded, photoIod);
    if (name === 'rest') continue;
    shot.landmark_error_iod = landmarkError(
      { shot: seen, rest: restSeen },
      { shot: commanded, rest: restCommanded },
      factor,
      factor * photoIod,
    );
  }
  frames.destroy();
  const errors = Object.values(shots).flatMap(({ landmark_error_iod: error }) => error ?? []);
  const measures = {
    rest_psnr_db: await fullSizeRestPsnr(device, model, portrait),
    folds: Object.values(shots).reduce((sum, { folds }) => sum + folds, 0),
    closed_gap_iod: shots['mbp']!.gaps_seen_iod![1],
    aa_aperture_iod: shots['aa']!.gaps_seen_iod![0],
    rest_jitter_px: await jitter(device, model, portrait, size),
    landmark_error_iod: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    seconds_to_analyse: portrait.seconds,
  };
  return { tiles, measures, shots };
}

/** Middle and largest gap between the inner lips. */
function lipGaps(landmarks: Float32Array, iod: number): [number, number] {
  return [middleLipGap(landmarks) / iod, largestLipGap(landmarks) / iod];
}

/** At the size of the photo, because errors from scaling are not the renderer's. */
async function fullSizeRestPsnr(device: GPUDevice, model: FaceModel, portrait: GalleryPortrait): Promise<number> {
  const frames = await PortraitFrames.create(device, model, portrait, portrait.photo.width);
  const { picture } = await frames.shot('rest');
  frames.destroy();
  return restPsnr(portrait, picture);
}

async function jitter(device: GPUDevice, model: FaceModel, portrait: GalleryPortrait, size: number): Promise<number> {
  const frames = await PortraitFrames.create(device, model, portrait, MESH_FRAME_PX, { sampleCount: 1 });
  const moved = await restJitter(portrait.bundle, frames, size);
  frames.destroy();
  return moved;
}
