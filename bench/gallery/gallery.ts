/**
 * @file Contact sheets of portraits in fixed mouth shapes and poses, drawn by the renderer in Node.
 *
 *   node bench/run.mjs gallery [--out gallery] [--size 512] [--tile 300] [--samples 4] [--poses rest,aa,ee] [--close] [--frames]
 *     [--linear] PORTRAIT ...
 *
 * A portrait is a PNG (any other picture if ffmpeg is installed), or the JSON of an analysis that was kept:
 * { photo: file, matte: file, landmarks: [478 x 3] }. One sheet a portrait, OUT/NAME.png; with --close also OUT/NAME-close.png
 * (mouth and eyes enlarged); with --frames every frame in full size.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { PNG } from 'pngjs';
import { fitFace } from '../../src/portrait/face-fit';
import type { RgbaImage } from '../../src/portrait/portrait-bundle';
import { preparePortrait } from '../../src/portrait/prepare/prepare-portrait';
import { WarpingRenderer } from '../../src/portrait/warping-renderer';
import { testDevice } from '../../test/kernels/gpu-fixture';
import { drawFrame, latentOf, psnr } from '../../test/kernels/support/draw';
import { faceModel } from '../../test/fixtures/synthetic-face';
import { loadPortrait } from './portraits';
import { SHOTS } from './poses';

const COLUMNS = 7;
/** Half width of the enlarged tiles. */
const CLOSE_REACH_IOD = 0.55;
/** Landmarks in their middle. */
const BETWEEN_EYES = 168;
const LOWER_LIP = 14;

export async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'gallery' },
      size: { type: 'string', default: '512' },
      tile: { type: 'string', default: '300' },
      samples: { type: 'string', default: '4' },
      poses: { type: 'string' },
      close: { type: 'boolean', default: false },
      frames: { type: 'boolean', default: false },
      linear: { type: 'boolean', default: false },
    },
  });
  const size = Number(values.size);
  const tile = Number(values.tile);
  const shots = Object.entries(SHOTS).filter(([name]) => !values.poses || values.poses.split(',').includes(name));
  const model = faceModel();
  const { device } = await testDevice();
  mkdirSync(values.out, { recursive: true });
  for (const file of positionals) {
    const name = basename(file).replace(/\.\w+$/, '');
    const analysis = await loadPortrait(file);
    const start = performance.now();
    const fit = fitFace(model, analysis.landmarks);
    const fitted = performance.now();
    const bundle = preparePortrait(model, analysis, fit);
    const prepared = performance.now();
    const target = {
      width: size,
      height: size,
      format: values.linear ? ('rgba8unorm-srgb' as const) : ('rgba8unorm' as const),
    };
    const renderer = await WarpingRenderer.create(device, model, bundle, {
      ...target,
      sampleCount: values.samples === '1' ? 1 : 4,
    });
    const created = performance.now();
    const tiles: RgbaImage[] = [scaled(analysis.photo, tile)];
    const closeTiles: RgbaImage[] = [];
    const factor = size / analysis.photo.width;
    const closeBox = (landmark: number): [number, number, number, number] => {
      const [cx, cy] = [analysis.landmarks[3 * landmark]! * factor, analysis.landmarks[3 * landmark + 1]! * factor];
      const r = CLOSE_REACH_IOD * bundle.pose.scale * factor;
      return [cx - r, cy - 0.6 * r, 2 * r, 1.2 * r];
    };
    for (const [shot, { expressions, pose, talking = 0 }] of shots) {
      const picture = await drawFrame(device, renderer, target, { to: latentOf(model, expressions, pose), talking });
      if (shot === 'rest' && size === analysis.photo.width)
        console.log(`${name}: rest PSNR ${psnr(picture, analysis.photo).toFixed(1)} dB`);
      tiles.push(scaled(picture, tile));
      if (values.close)
        closeTiles.push(
          crop(picture, closeBox(shot.includes('blink') || shot === 'brows' ? BETWEEN_EYES : LOWER_LIP), tile),
        );
      if (values.frames) write(join(values.out, `${name}-${shot}.png`), picture);
    }
    renderer.destroy();
    write(join(values.out, `${name}.png`), sheet(tiles));
    if (values.close) write(join(values.out, `${name}-close.png`), sheet(closeTiles));
    const [a, b, c] = [fitted - start, prepared - fitted, created - prepared].map((ms) => ms.toFixed(0));
    console.log(
      `${name}: fit ${a} ms (${(100 * fit.error.model).toFixed(2)} -> ${(100 * fit.error.final).toFixed(2)} % IOD, mouth ${fit.mouthClosed ? 'closed' : 'open'}), preparation ${b} ms, renderer ${c} ms`,
    );
  }
}

function write(file: string, image: RgbaImage): void {
  const png = new PNG({ width: image.width, height: image.height });
  png.data = Buffer.from(image.data);
  writeFileSync(file, PNG.sync.write(png));
}

/** Tiles in rows of COLUMNS. */
function sheet(tiles: RgbaImage[]): RgbaImage {
  const [w, h] = [tiles[0]!.width, tiles[0]!.height];
  const columns = Math.min(COLUMNS, tiles.length);
  const rows = Math.ceil(tiles.length / columns);
  const out: RgbaImage = {
    width: columns * w,
    height: rows * h,
    data: new Uint8ClampedArray(4 * columns * w * rows * h),
  };
  tiles.forEach((tile, k) => {
    const [x, y] = [(k % columns) * w, Math.floor(k / columns) * h];
    for (let row = 0; row < h; row++)
      out.data.set(tile.data.subarray(4 * w * row, 4 * w * (row + 1)), 4 * ((y + row) * out.width + x));
  });
  return out;
}

/** Box-filtered to a square of `side`. */
function scaled(image: RgbaImage, side: number): RgbaImage {
  return crop(image, [0, 0, image.width, image.height], side, Math.round((side * image.height) / image.width));
}

/** A rectangle [x, y, width, height] of the image at another size; averages where it shrinks, interpolates where it grows. */
function crop(
  image: RgbaImage,
  [x0, y0, w, h]: [number, number, number, number],
  width: number,
  height = Math.round((width * h) / w),
): RgbaImage {
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
