/**
 * @file Splits the triangles of the photo layer by the person's opacity. Wholly opaque triangles are drawn without blending,
 * partly transparent ones are blended over the backdrop, and those that show background only are not drawn.
 */
import type { RgbaImage } from '../core/rgba-image';

/** Texture filtering reads this far beyond a triangle, px of the photo. */
const FILTER_REACH_PX = 3;

export type PhotoTriangles = { opaque: Uint32Array<ArrayBuffer>; soft: Uint32Array<ArrayBuffer> };

/** @param uv f32[n x 2], px of the photo, of the vertices */
export function splitByOpacity(triangles: Uint32Array, uv: Float32Array, photo: RgbaImage): PhotoTriangles {
  const [opaque, soft]: number[][] = [[], []];
  const { width, height, data } = photo;
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [...triangles.subarray(t, t + 3)];
    const range = (axis: 0 | 1, side: number): [number, number] => {
      const at = corners.map((v) => uv[2 * v + axis]!);
      return [
        Math.max(0, Math.floor(Math.min(...at) - FILTER_REACH_PX)),
        Math.min(side, Math.ceil(Math.max(...at) + FILTER_REACH_PX)),
      ];
    };
    const [x0, x1] = range(0, width);
    const [y0, y1] = range(1, height);
    let [least, most] = [255, 0];
    for (let y = y0; y < y1 && (least === 255 || most === 0); y++) {
      for (let k = 4 * (y * width + x0) + 3; k < 4 * (y * width + x1); k += 4) {
        least = Math.min(least, data[k]!);
        most = Math.max(most, data[k]!);
      }
    }
    if (most > 0) (least < 255 ? soft! : opaque!).push(...corners);
  }
  return { opaque: Uint32Array.from(opaque!), soft: Uint32Array.from(soft!) };
}
