/** @file Cuts, scales and joins pictures for the sheets. */
import { resizeImage } from '../../src/portrait/analysis/image-resize';
import type { RgbaImage } from '../../src/core/rgba-image';

/** x, y, width, height, px. */
export type Box = [number, number, number, number];

/** Side of the square that the contact sheet and the goldens show, as a fraction of the frame. */
const HEAD_SIDE = 0.72;
const NOSE_TIP = 1;

/** The square around the head. @param landmarks px of the photo; @param factor frame px per photo px */
export function headBox(landmarks: Float32Array, factor: number, frame: number): Box {
  const side = Math.round(HEAD_SIDE * frame);
  const start = (centre: number): number => Math.round(Math.min(frame - side, Math.max(0, centre - side / 2)));
  return [start(landmarks[3 * NOSE_TIP]! * factor), start(landmarks[3 * NOSE_TIP + 1]! * factor), side, side];
}

/** Tiles of one size in rows. */
export function joinTiles(tiles: RgbaImage[], columns: number): RgbaImage {
  const [w, h] = [tiles[0]!.width, tiles[0]!.height];
  const used = Math.min(columns, tiles.length);
  const rows = Math.ceil(tiles.length / used);
  const out: RgbaImage = { width: used * w, height: rows * h, data: new Uint8ClampedArray(4 * used * w * rows * h) };
  tiles.forEach((tile, k) => {
    const [x, y] = [(k % used) * w, Math.floor(k / used) * h];
    for (let row = 0; row < h; row++)
      out.data.set(tile.data.subarray(4 * w * row, 4 * w * (row + 1)), 4 * ((y + row) * out.width + x));
  });
  return out;
}

/** The whole picture at another width. */
export function scaled(image: RgbaImage, width: number): RgbaImage {
  return crop(image, [0, 0, image.width, image.height], width);
}

/** A rectangle of the image at another width. Beyond the image its edge pixels are repeated. */
export function crop(image: RgbaImage, [x, y, width, height]: Box, targetWidth: number): RgbaImage {
  return resizeImage(image, { x, y, width, height }, targetWidth, Math.round((targetWidth * height) / width));
}
