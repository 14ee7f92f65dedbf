/** @file Sheets of one portrait: all shots, enlarged mouth and eyes, single frames. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RgbaImage } from '../../src/core/rgba-image';
import type { FaceModel } from '../../src/weights/face-model';
import { psnr } from '../../test/reference/compare';
import { PortraitFrames } from './frames';
import { encodePng, type GalleryPortrait } from './gallery-page';
import { SHOTS } from './poses';
import { type Box, crop, joinTiles, scaled } from './tiles';

const COLUMNS = 7;
/** Half width of the enlarged tiles. */
const CLOSE_REACH_IOD = 0.55;
/** Landmarks at the centres of the enlarged tiles. */
const BETWEEN_EYES = 168;
const LOWER_LIP = 14;
const EYE_SHOTS = /blink|brows|gaze/;

export type PortraitSheetOptions = {
  folder: string;
  /** Sides of frames and tiles, px. */
  size: number;
  tile: number;
  format: GPUTextureFormat;
  sampleCount: 1 | 4;
  /** Names of SHOTS; all by default. */
  shots: string[] | undefined;
  close: boolean;
  frames: boolean;
};

export async function writePortraitSheets(
  device: GPUDevice,
  model: FaceModel,
  portrait: GalleryPortrait,
  name: string,
  { folder, size, tile, format, sampleCount, shots = Object.keys(SHOTS), close, frames }: PortraitSheetOptions,
): Promise<void> {
  const { bundle, photo, landmarks, fitError, mouthClosed, seconds } = portrait;
  const drawing = await PortraitFrames.create(device, model, portrait, size, { format, sampleCount });
  const write = (file: string, image: RgbaImage): void => writeFileSync(join(folder, file), encodePng(image));
  mkdirSync(folder, { recursive: true });
  const factor = size / photo.width;
  const closeBox = (landmark: number): Box => {
    const [cx, cy] = [landmarks[3 * landmark]! * factor, landmarks[3 * landmark + 1]! * factor];
    const r = CLOSE_REACH_IOD * bundle.pose.scale * factor;
    return [cx - r, cy - 0.6 * r, 2 * r, 1.2 * r];
  };
  const tiles = [scaled(photo, tile)];
  const closeTiles: RgbaImage[] = [];
  for (const shot of shots) {
    const { picture } = await drawing.shot(shot);
    if (shot === 'rest' && size === photo.width)
      console.log(`${name}: rest PSNR ${psnr(picture, photo).toFixed(1)} dB`);
    tiles.push(scaled(picture, tile));
    closeTiles.push(crop(picture, closeBox(EYE_SHOTS.test(shot) ? BETWEEN_EYES : LOWER_LIP), tile));
    if (frames) write(`${name}-${shot}.png`, picture);
  }
  drawing.destroy();
  write(`${name}.png`, joinTiles(tiles, COLUMNS));
  if (close) write(`${name}-close.png`, joinTiles(closeTiles, COLUMNS));
  console.log(
    `${name}: fit ${(100 * fitError.model).toFixed(2)} -> ${(100 * fitError.final).toFixed(2)} % IOD, mouth ` +
      `${mouthClosed ? 'closed' : 'open'}, analysed in ${seconds.toFixed(1)} s`,
  );
}
