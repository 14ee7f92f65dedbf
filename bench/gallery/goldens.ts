/**
 * @file Goldens: the last approved pictures of the bundled portraits, one sheet of GOLDEN_SHOTS per portrait.
 *
 * The comparison is perceptual (pixelmatch: distance in OKLab, ignoring differences in anti-aliasing only) and local:
 * the worst window of the picture decides, so that an identical background does not average away a mouth of another
 * colour.
 */
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import type { RgbaImage } from '../../src/core/rgba-image';
import type { FaceModel } from '../../src/weights/face-model';
import { PortraitFrames } from './frames';
import type { GalleryPortrait, SheetRow } from './gallery-page';
import { GOLDEN_SHOTS } from './poses';
import { crop, headBox } from './tiles';

export const GOLDEN_PORTRAITS = ['eileen-collins', 'grace-hopper', 'illustration'] as const;
const FRAME_PX = 512;
const TILE_PX = 256;
const COLUMNS = 5;
/** Lossy, but its errors stay far below the tolerance. */
export const GOLDEN_QUALITY = 0.92;
/** Colours closer than this count as equal; 1 is the distance from black to white. */
const COLOUR_TOLERANCE = 0.1;
const WINDOW_PX = 16;
/** Largest allowed share of different pixels in the worst window. */
export const MOST_DIFFERENT = 0.1;

export function goldenFile(name: string): string {
  return fileURLToPath(new URL(`../../test/goldens/gallery/${name}.webp`, import.meta.url));
}

/** Share of the pixels of the worst window that look different, 0 ... 1. */
export function differentShare(a: RgbaImage, b: RgbaImage): number {
  const count = pixelmatch(a.data, b.data, null, a.width, a.height, {
    threshold: COLOUR_TOLERANCE,
    windowSize: WINDOW_PX,
  });
  return count / WINDOW_PX ** 2;
}

/** The current tiles for the golden of a portrait, one per shot. */
export async function goldenTiles(
  device: GPUDevice,
  model: FaceModel,
  portrait: GalleryPortrait,
): Promise<RgbaImage[]> {
  const frames = await PortraitFrames.create(device, model, portrait, FRAME_PX);
  const box = headBox(portrait.landmarks, FRAME_PX / portrait.photo.width, FRAME_PX);
  const tiles: RgbaImage[] = [];
  for (const shot of GOLDEN_SHOTS) tiles.push(crop((await frames.shot(shot)).picture, box, TILE_PX));
  frames.destroy();
  return tiles;
}

/** Position of the tiles on the sheet. */
export function goldenRows(tiles: RgbaImage[]): SheetRow[] {
  const rows: SheetRow[] = [];
  for (let k = 0; k < tiles.length; k += COLUMNS) rows.push({ label: '', tiles: tiles.slice(k, k + COLUMNS) });
  return rows;
}

/** Tile k of a sheet. */
export function goldenTile(sheet: RgbaImage, k: number): RgbaImage {
  const box = [(k % COLUMNS) * TILE_PX, Math.floor(k / COLUMNS) * TILE_PX, TILE_PX, TILE_PX] as const;
  return crop(sheet, [...box], TILE_PX);
}
