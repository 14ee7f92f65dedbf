/** @file One portrait of the contact sheet: its tiles and its measures. */
import type { FaceLandmarker } from '../../src/portrait/analysis/face-landmarker';
import type { RgbaImage } from '../../src/portrait/portrait-bundle';
import type { FaceModel } from '../../src/weights/face-model';
import { PortraitFrames } from './frames';
import type { GalleryPortrait } from './gallery-page';
import {
  aperture,
  closedGap,
  commandedLandmarks,
  foldedTriangles,
  landmarkError,
  type Measures,
  restJitter,
  restPsnr,
  track,
} from './measures';
import { CONTACT_SHOTS } from './poses';
import { crop, headBox } from './tiles';

export type ContactRow = {
  /** Of the photo, then of each of CONTACT_SHOTS. */
  tiles: RgbaImage[];
  measures: Measures;
  /** Folds and landmark error of each shot. */
  shots: Record<string, { folds: number; landmark_error_iod: number }>;
};

/** @param size of the frames, px; @param tile side of the tiles, px */
export async function contactRow(
  device: GPUDevice,
  model: FaceModel,
  landmarker: FaceLandmarker,
  portrait: GalleryPortrait,
  size: number,
  tile: number,
): Promise<ContactRow> {
  const { bundle, photo, landmarks } = portrait;
  const factor = size / photo.width;
  const iod = bundle.pose.scale * factor;
  const frames = await PortraitFrames.create(device, model, portrait, size);
  const around = landmarks.map((x) => x * factor);
  const tiles = [crop(photo, headBox(landmarks, 1, photo.width), tile)];
  const shots: ContactRow['shots'] = {};
  const restCommanded = commandedLandmarks(model, bundle, 'rest');
  let rest: Float32Array | undefined;
  let [gap, aa] = [0, 0];
  for (const name of CONTACT_SHOTS) {
    const frame = await frames.shot(name);
    tiles.push(crop(frame.picture, headBox(landmarks, factor, size), tile));
    const seen = await track(landmarker, frame, rest ?? around);
    rest ??= seen; // the first shot
    if (name === 'mbp') gap = closedGap(seen, iod);
    if (name === 'aa') aa = aperture(seen, iod);
    const commanded = { shot: commandedLandmarks(model, bundle, name), rest: restCommanded };
    shots[name] = {
      folds: foldedTriangles(bundle, frame.mesh),
      landmark_error_iod: landmarkError({ shot: seen, rest }, commanded, factor, iod),
    };
  }
  const jitter = await restJitter(bundle, frames, size);
  frames.destroy();
  const each = Object.values(shots);
  const measures = {
    rest_psnr_db: await fullSizeRestPsnr(device, model, portrait),
    folds: each.reduce((sum, { folds }) => sum + folds, 0),
    closed_gap_iod: gap,
    aa_aperture_iod: aa,
    rest_jitter_px: jitter,
    // Without rest itself, where it is zero by definition.
    landmark_error_iod: each.reduce((sum, shot) => sum + shot.landmark_error_iod, 0) / (each.length - 1),
    seconds_to_analyse: portrait.seconds,
  };
  return { tiles, measures, shots };
}

/** In the photo's own size: scaling is no fault of the renderer. */
async function fullSizeRestPsnr(device: GPUDevice, model: FaceModel, portrait: GalleryPortrait): Promise<number> {
  const frames = await PortraitFrames.create(device, model, portrait, portrait.photo.width);
  const { picture } = await frames.shot('rest');
  frames.destroy();
  return restPsnr(portrait, picture);
}
