/**
 * @file Conversion between sRGB and Display-P3. Both have the same transfer curve and white point; only the primaries differ,
 * so a conversion is a matrix on linear light (CSS Color 4, section 10.9). Colours outside the narrower space are clipped.
 */
import { lightToSrgb, srgbToLight } from './mipmaps';
import type { RgbaImage } from '../core/rgba-image';

const P3_FROM_SRGB = [0.822462, 0.177538, 0, 0.033194, 0.966806, 0, 0.017083, 0.072397, 0.91052];
const SRGB_FROM_P3 = [1.22494, -0.22494, 0, -0.042057, 1.042057, 0, -0.019638, -0.078636, 1.098274];

/** The image in another colour space. If both spaces are the same, the image itself is returned. */
export function convertColours(image: RgbaImage, from: PredefinedColorSpace, to: PredefinedColorSpace): RgbaImage {
  if (from === to) return image;
  const m = to === 'display-p3' ? P3_FROM_SRGB : SRGB_FROM_P3;
  const light = Float32Array.from({ length: 256 }, (_, i) => srgbToLight(i / 255));
  const data = new Uint8ClampedArray(image.data);
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [light[data[i]!]!, light[data[i + 1]!]!, light[data[i + 2]!]!];
    for (let c = 0; c < 3; c++) data[i + c] = lightToSrgb(m[3 * c]! * r + m[3 * c + 1]! * g + m[3 * c + 2]! * b);
  }
  return { ...image, data };
}
