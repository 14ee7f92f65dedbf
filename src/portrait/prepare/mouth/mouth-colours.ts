/** @file Colours of the mouth interior, adapted to the light on the face. */

import { luma } from '../../../core/luma';
import type { RgbaImage } from '../../../core/rgba-image';
import { smoothstep } from '../../../core/smooth';

/** Landmarks on smooth skin: cheeks, forehead, bridge of the nose. */
const SKIN_LANDMARKS = [50, 280, 151, 9, 205, 425, 101, 330];
/** Landmarks on the red of the lips. */
const LIP_LANDMARKS = [0, 37, 267, 17, 84, 314, 181, 405];
/** Colour of skin under white light, r g b, 0 ... 255. */
const REFERENCE_SKIN = [210, 165, 140];
/** Base colours, r g b, 0 ... 255: socket, tongue and gums, teeth, background behind them. */
const MOUTH_COLOURS = [
  [84, 32, 34],
  [178, 94, 94],
  [232, 222, 206],
  [34, 14, 16],
];
/**
 * Exponent on the skin's deviation from the reference: only a part is due to the light, because skin colours differ
 * too.
 */
const LIGHT_SHARE = 0.5;
/** Limits of the light's red and blue relative to green; COOLEST: least red and most blue, WARMEST: most red. */
const COOLEST = [1, 1.04] as const;
const WARMEST = 1.4;
/**
 * Chroma (largest minus smallest channel, relative to luma) of skin and lips: below the first a photo counts as grey,
 * above the second as coloured.
 */
const GREY_CHROMA = [0.06, 0.2] as const;

/** See PortraitBundle.mouth. */
type MouthColours = { light: Float32Array; colours: Float32Array };

/** Estimates the light from the skin. The mouth of a grey photo is grey too. @param landmarks f32[n x 3], px */
export function mouthColours(photo: RgbaImage, landmarks: Float32Array): MouthColours {
  const medianOf = (points: number[]): number[] =>
    [0, 1, 2].map((c) => median(points.map((i) => pixelMean(photo, landmarks[3 * i]!, landmarks[3 * i + 1]!, c))));
  const skin = medianOf(SKIN_LANDMARKS);
  const colour = smoothstep(
    GREY_CHROMA[0],
    GREY_CHROMA[1],
    Math.max(...[skin, medianOf(LIP_LANDMARKS)].map((c) => (Math.max(...c) - Math.min(...c)) / Math.max(lumaOf(c), 1))),
  );
  const level = Math.min(1.05, Math.max(0.3, (lumaOf(skin) / 190) ** 0.8));
  const tint = skin.map(
    (s, c) =>
      (Math.max(s, 1) / Math.max(lumaOf(skin), 1) / (REFERENCE_SKIN[c]! / lumaOf(REFERENCE_SKIN))) ** LIGHT_SHARE,
  );
  const green = tint[1]!;
  const red = Math.min(WARMEST, Math.max(COOLEST[0], tint[0]! / green));
  const blue = Math.min(COOLEST[1], tint[2]! / green);
  const warm = [red, 1, blue].map((t) => t / lumaOf([red, 1, blue]));
  return {
    light: Float32Array.from(warm, (t) => level * (1 + colour * (t - 1))),
    colours: Float32Array.from(
      MOUTH_COLOURS.flatMap((base) => base.map((b) => (lumaOf(base) + colour * (b - lumaOf(base))) / 255)),
    ),
  };
}

function lumaOf(colour: readonly number[]): number {
  return luma(colour[0]!, colour[1]!, colour[2]!);
}

/** Mean of a channel over the 5 x 5 pixels around a point; a mid grey outside the photo. */
function pixelMean(photo: RgbaImage, px: number, py: number, channel: number): number {
  let [sum, n] = [0, 0];
  for (let y = Math.floor(py) - 2; y <= Math.floor(py) + 2; y++) {
    for (let x = Math.floor(px) - 2; x <= Math.floor(px) + 2; x++) {
      if (x < 0 || y < 0 || x >= photo.width || y >= photo.height) continue;
      sum += photo.data[4 * (y * photo.width + x) + channel]!;
      n++;
    }
  }
  return n ? sum / n : 128;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
