/** @file Cuts, scales and joins pictures for the sheets. */
import type { RgbaImage } from '../../src/portrait/portrait-bundle';

/** x, y, width, height, px. */
export type Box = [number, number, number, number];

/** Side of the square that the contact sheet and the goldens show, in parts of the frame. */
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

/** A rectangle of the image at another size; averages where it shrinks, interpolates where it grows. */
export function crop(image: RgbaImage, [x0, y0, w, h]: Box, width: number): RgbaImage {
  const height = Math.round((width * h) / w);
  const out: RgbaImage = { width, height, data: new Uint8ClampedArray(4 * width * height) };
  const step = w / width;
  const taps = Math.max(1, Math.round(step * 2));
  const at = (x: number, y: number, c: number): number =>
    image.data[
      4 * (Math.min(image.height - 1, Math.max(0, y)) * image.width + Math.min(image.width - 1, Math.max(0, x))) + c
    ]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let j = 0; j < taps; j++) {
          for (let i = 0; i < taps; i++) {
            const px = x0 + (x + (i + 0.5) / taps) * step - 0.5;
            const py = y0 + (y + (j + 0.5) / taps) * (h / height) - 0.5;
            const [ix, iy] = [Math.floor(px), Math.floor(py)];
            const [fx, fy] = [px - ix, py - iy];
            sum +=
              (1 - fy) * ((1 - fx) * at(ix, iy, c) + fx * at(ix + 1, iy, c)) +
              fy * ((1 - fx) * at(ix, iy + 1, c) + fx * at(ix + 1, iy + 1, c));
          }
        }
        out.data[4 * (y * width + x) + c] = sum / (taps * taps);
      }
    }
  }
  return out;
}
