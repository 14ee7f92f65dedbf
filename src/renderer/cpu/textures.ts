/**
 * @file Textures of the renderer on the CPU: packed pixels at the resolution at which they are drawn, with a repeated rim, so
 * that bilinear sampling needs no bounds checks.
 */
import type { RgbaImage } from '../../core/rgba-image';
import { halved } from '../mipmaps';

/** Pixels of the rim. Texture coordinates stay within the image and half a pixel around it. */
const RIM = 2;

/** An image to sample. A texel is a pixel of it: red in the lowest byte, alpha in the highest. */
export type Texture = {
  texels: Int32Array;
  /** Texels from one row to the next. */
  stride: number;
  /** Number of rows. */
  rows: number;
  /** Of the image itself, without the rim. */
  width: number;
  height: number;
};

/**
 * @param level mipmap level: the image is halved this often
 * @param reach pixels of the original around the image, in which it is also sampled: its edge is repeated there
 */
export function createTexture(image: RgbaImage, level: number, reach = 0): Texture {
  let source = image;
  for (let k = 0; k < level && (source.width > 1 || source.height > 1); k++) source = halved(source);
  const { width, height } = source;
  const rim = RIM + Math.ceil(reach / 2 ** level);
  const words = new Int32Array(source.data.buffer, source.data.byteOffset, width * height);
  const stride = width + 2 * rim;
  const rows = height + 2 * rim;
  const texels = new Int32Array(stride * rows);
  for (let y = 0; y < rows; y++) {
    const from = width * Math.min(height - 1, Math.max(0, y - rim));
    const at = y * stride;
    texels.set(words.subarray(from, from + width), at + rim);
    texels.fill(words[from]!, at, at + rim);
    texels.fill(words[from + width - 1]!, at + rim + width, at + stride);
  }
  return { texels, stride, rows, width, height };
}

/** Texture coordinate (0 ... 1 over the image) to the place of the upper left of the four texels that it mixes. */
export function toTexels({ width, height, stride, rows }: Texture): {
  u: (u: number) => number;
  v: (v: number) => number;
} {
  const [left, top] = [(stride - width) / 2 - 0.5, (rows - height) / 2 - 0.5];
  return { u: (u) => u * width + left, v: (v) => v * height + top };
}

/** Bilinear sample as 0 ... 255 each: red, green, blue, alpha. @param u, v in texels, see toTexels; clamped to the rim */
export function sample({ texels, stride, rows }: Texture, u: number, v: number, out: Float64Array): void {
  const x = Math.min(stride - 2, Math.max(0, Math.floor(u)));
  const y = Math.min(rows - 2, Math.max(0, Math.floor(v)));
  const fx = Math.min(1, Math.max(0, u - x));
  const fy = Math.min(1, Math.max(0, v - y));
  const at = y * stride + x;
  const [a, b, c, d] = [texels[at]!, texels[at + 1]!, texels[at + stride]!, texels[at + stride + 1]!];
  const wd = fx * fy;
  const wb = fx - wd;
  const wc = fy - wd;
  const wa = 1 - fx - wc;
  out[0] = (a & 255) * wa + (b & 255) * wb + (c & 255) * wc + (d & 255) * wd;
  out[1] = ((a >>> 8) & 255) * wa + ((b >>> 8) & 255) * wb + ((c >>> 8) & 255) * wc + ((d >>> 8) & 255) * wd;
  out[2] = ((a >>> 16) & 255) * wa + ((b >>> 16) & 255) * wb + ((c >>> 16) & 255) * wc + ((d >>> 16) & 255) * wd;
  out[3] = (a >>> 24) * wa + (b >>> 24) * wb + (c >>> 24) * wc + (d >>> 24) * wd;
}
