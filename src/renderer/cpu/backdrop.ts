/** @file What is behind the person, drawn once per output: shaders/present/backdrop-layer.wgsl. It does not move. */
import { blurred, type BlurredImage } from '../blurred-image';
import { convertColours } from '../color-space';
import { type PictureOutput, showsPlainPhoto } from '../picture-output';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { Target } from './target';
import { createTexture, sample, type Texture, toTexels } from './textures';
import type { View } from './view';

/** Premultiplied, into `out`. */
export function drawBackdrop(
  out: Int32Array,
  target: Target,
  portrait: PortraitBundle,
  output: PictureOutput,
  { scaleX, scaleY, offsetX, offsetY, level }: View,
): void {
  const { backdrop } = output;
  if (backdrop.kind === 'colour') {
    const [r, g, b, a] = backdrop.colour;
    out.fill(pack(255 * r * a, 255 * g * a, 255 * b * a, 255 * a, 128));
    return;
  }
  out.fill(0);
  if (!portrait.layers) return;
  const whole = [output.width, output.height, 0, 0] as const;
  const { photo } = portrait;
  const behind = [scaleX * photo.width, scaleY * photo.height, offsetX, offsetY] as const;
  if (backdrop.kind === 'image') return fill(out, target, sampler(createTexture(backdrop.image, 0)), whole);
  const { background } = portrait.layers;
  const image = convertColours(background, portrait.colorSpace, output.colorSpace);
  if (showsPlainPhoto(output)) return fill(out, target, sampler(createTexture(image, level)), behind);
  const scale = Math.max(output.width / background.width, output.height / background.height);
  fill(out, target, smoothSampler(blurred(image, backdrop.blur / scale)), behind);
}

/** Colour at a place, 0 ... 1 over the image, as 0 ... 255. */
type Sampler = (u: number, v: number, rgba: Float64Array) => void;

/** @param place size and first corner of the image in the picture, px; a negative width mirrors it */
function fill(
  out: Int32Array,
  { width, height, threshold }: Target,
  at: Sampler,
  [w, h, left, top]: readonly [number, number, number, number],
): void {
  const rgba = new Float64Array(4);
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      const [u, v] = [(x + 0.5 - left) / w, (y + 0.5 - top) / h];
      if (u < 0 || u > 1 || v < 0 || v > 1) continue;
      at(u, v, rgba);
      const alpha = rgba[3]! / 255;
      out[k] = pack(rgba[0]! * alpha, rgba[1]! * alpha, rgba[2]! * alpha, rgba[3]!, threshold[k]!);
    }
}

function sampler(texture: Texture): Sampler {
  const { u: toU, v: toV } = toTexels(texture);
  return (u, v, rgba) => sample(texture, toU(u), toV(v), rgba);
}

function smoothSampler({ width, height, data }: BlurredImage): Sampler {
  return (u, v, rgba) => {
    const x = Math.min(width - 1, Math.max(0, u * width - 0.5));
    const y = Math.min(height - 1, Math.max(0, v * height - 0.5));
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [right, below] = [Math.min(i + 1, width - 1), Math.min(j + 1, height - 1)];
    const [fx, fy] = [x - i, y - j];
    for (let c = 0; c < 3; c++) {
      const value = (column: number, row: number): number => data[3 * (row * width + column) + c]!;
      rgba[c] =
        (1 - fy) * ((1 - fx) * value(i, j) + fx * value(right, j)) +
        fy * ((1 - fx) * value(i, below) + fx * value(right, below));
    }
    rgba[3] = 255;
  };
}

/** @param dither see Target.threshold */
function pack(r: number, g: number, b: number, a: number, dither: number): number {
  const value = (x: number): number => Math.min(255, Math.max(0, Math.floor(x + dither / 256)));
  return value(r) | (value(g) << 8) | (value(b) << 16) | (Math.min(255, Math.round(a)) << 24);
}
