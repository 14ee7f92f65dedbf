/** @file Turns a picture upright in steps of 90 degrees, for cameras and scanners that write no EXIF orientation. */

import type { RgbaImage } from '../../core/rgba-image';

/** Outer eye corners at the left and right of an upright picture. */
const EYE_CORNERS = [33, 263] as const;

/**
 * Number of counter-clockwise quarter turns that make the face upright, 0 ... 3.
 *
 * @param landmarks f32[478 x 3], px
 */
export function quarterTurnsToUpright(landmarks: Float32Array): number {
  const [left, right] = EYE_CORNERS.map((index) => landmarks.subarray(3 * index, 3 * index + 2));
  const roll = Math.atan2(right![1]! - left![1]!, right![0]! - left![0]!);
  return (Math.round(roll / (Math.PI / 2)) + 4) % 4;
}

/** Rotates a picture by 90 degrees counter-clockwise: its right edge becomes its top. */
export function turnPicture({ width, height, data }: RgbaImage): RgbaImage {
  const source = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const turned = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[(width - 1 - x) * height + y] = source[y * width + x]!;
  }
  return { width: height, height: width, data: new Uint8ClampedArray(turned.buffer) };
}

/** Rotates landmarks like {@link turnPicture}. @param width of the picture before the rotation, px */
export function turnLandmarks(landmarks: Float32Array, width: number): Float32Array {
  const turned = landmarks.slice();
  for (let i = 0; i < landmarks.length; i += 3) {
    turned[i] = landmarks[i + 1]!;
    turned[i + 1] = width - landmarks[i]!;
  }
  return turned;
}
