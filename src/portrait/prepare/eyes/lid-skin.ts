/**
 * @file The photo with its eyes closed. The photo does not show the skin of the lids, so it is synthesised:
 *
 *   skin     colour of clean skin around the eye, interpolated (clean-skin.ts)
 *   amount   1 on the eye and on the dark details connected to it (lashes, eyeliner), fading to 0 beyond the fold
 *   closed   = (photo (1 - amount) + amount skin (1 + grain)) (1 + relief)
 *
 * Everywhere else it is the photo itself, so that the mesh which samples it shows no seam.
 */

import { dilate, erode, morphologicalClosing } from '../../../core/morphology';
import { boundingBox, type Box, signedDistance } from '../../../core/polygon';
import type { RgbaImage } from '../../../core/rgba-image';
import { gaussianBlur, smoothstep } from '../../../core/smooth';
import type { LidTexture } from '../../../portrait-bundle/portrait-bundle';
import { cleanSkin } from './clean-skin';
import { glassesFrame } from './glasses-frame';
import { findFold, type Fold, lidRelief, type PhotoEye } from './lid-relief';
import { lumaOf, photoCrop } from './photo-crop';
import { skinGrain } from './skin-grain';

/** Skin is taken from up to this far around the eyes. */
const MARGIN_IOD = 0.24;
/** Skin closer to a brow than this is not used. */
const BROW_CLEARANCE_IOD = 0.025;
/**
 * Distances from the opening where replaced skin ends: sideways, above and below. Above, it is END_BEYOND_FOLD times
 * the height of the fold, within the range. From FULL_SHARE of these distances on, the replacement fades.
 */
const END_X_IOD = 0.09;
const END_BEYOND_FOLD = 1.35;
const END_ABOVE_IOD = [0.07, 0.11] as const;
const END_BELOW_IOD = 0.06;
const FULL_SHARE = 0.3;
/** Skin closer to the opening than this is not used, measured like END_X_IOD. */
const EYE_CLEARANCE_IOD = 0.055;
/** Dark lines up to twice as wide as this are lashes or folds. */
const LINE_IOD = 0.025;
/**
 * A pixel connected to the eye is part of it if it differs from skin by this fraction, up to EYE_END times the
 * distances above.
 */
const EYE_CONTRAST = 0.16;
const EYE_END = 2;
const EYE_RIM_IOD = 0.016;
/** Softness of the synthesised skin's edge where the mesh ends or turns away. */
const REACH_EDGE_IOD = 0.018;

/** Contours of the brows in MediaPipe's mesh: the person's right brow, then the left. */
const BROWS = [
  [70, 63, 105, 66, 107, 55, 65, 52, 53, 46],
  [300, 293, 334, 296, 336, 285, 295, 282, 283, 276],
];

type LidSkin = {
  texture: LidTexture;
  /** The person wears glasses with a dark frame. */
  hasGlasses: boolean;
  /** Per eye: brightness of the lashes along the upper lid's edge, as a fraction of the skin's. */
  lashLight: number[];
};

/**
 * Synthesises the photo with closed eyes.
 *
 * @param landmarks f32[n x 3], px
 * @param isFace whether a pixel of the photo shows the face
 * @param reach share of the closed eyes that the mesh shows at a pixel of the photo, 0 ... 1
 * @param scale px per IOD
 */
export function lidSkin(
  photo: RgbaImage,
  eyes: PhotoEye[],
  landmarks: Float32Array,
  isFace: (x: number, y: number) => boolean,
  reach: (x: number, y: number) => number,
  scale: number,
): LidSkin {
  const brows = BROWS.map((ring) => Float32Array.from(ring.flatMap((i) => [landmarks[3 * i]!, landmarks[3 * i + 1]!])));
  const openings = eyes.map(({ opening }) => opening);
  const box = boundingBox(openings, MARGIN_IOD * scale, photo);
  const [x0, y0] = box;
  const [width, height] = [box[2] - x0, box[3] - y0];
  const size = width * height;
  const { colour, luma } = photoCrop(photo, x0, y0, width, height);
  const withoutLines = morphologicalClosing(luma, width, height, Math.max(1, Math.round(LINE_IOD * scale)));
  const frame = glassesFrame(photo, box, openings, brows, scale);
  const lines = luma.map((value, k) => 1 - value / Math.max(withoutLines[k]!, 1));
  const folds = eyes.map((eye) => findFold(eye, lines, box, scale));
  const away = eyeDistances(eyes, folds, box, scale);
  const isSkin = new Float32Array(size);
  const nearBrow = brows.map((brow) => boundingBox([brow], BROW_CLEARANCE_IOD * scale, photo));
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      const [px, py] = [x0 + x + 0.5, y0 + y + 0.5];
      if (away[k]! < EYE_CLEARANCE_IOD || !isFace(px, py)) continue;
      isSkin[k] = 1 - frame[k]!;
      brows.forEach((brow, side) => {
        const [left, top, right, bottom] = nearBrow[side]!;
        if (px < left || px > right || py < top || py > bottom) return; // most of the crop is far from the brows
        isSkin[k] = isSkin[k]! * smoothstep(0, BROW_CLEARANCE_IOD, signedDistance(brow, px, py) / scale);
      });
    }
  const { skin, clean } = cleanSkin(colour, luma, withoutLines, isSkin, width, height, scale);
  const amount = replacement(colour, skin, away, frame, width, height, scale);
  const shown = amount.map((_, k) => reach(x0 + (k % width), y0 + Math.floor(k / width)));
  const within = erode(shown, width, height, Math.max(1, Math.round(REACH_EDGE_IOD * scale)));
  gaussianBlur(within, width, height, 1, Math.max(0.7, REACH_EDGE_IOD * scale));
  const grain = skinGrain(photo, luma, clean, box, scale);
  const image: RgbaImage = { width, height, data: new Uint8ClampedArray(4 * size) };
  const reliefs = eyes.map((eye, side) => lidRelief(eye, folds[side]!, scale));
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      const a = amount[k]! * within[k]!;
      const shade = a > 0 ? 1 + a * reliefs.reduce((sum, relief) => sum + relief(x0 + x + 0.5, y0 + y + 0.5), 0) : 1;
      for (let c = 0; c < 3; c++) {
        const lid = skin[3 * k + c]! * (1 + grain[k]!);
        image.data[4 * k + c] = (colour[3 * k + c]! * (1 - a) + lid * a) * shade;
      }
      image.data[4 * k + 3] = 255;
    }
  return {
    texture: { image, offset: [x0, y0] },
    hasGlasses: frame.some((value) => value > 0),
    lashLight: eyes.map((eye) => lashLight(eye, luma, skin, box, scale)),
  };
}

/**
 * Distance of every pixel of the box from the nearest opening, f32[height x width]. Sideways it is in IOD; above and
 * below it is scaled so that replaced skin ends at END_X_IOD everywhere.
 */
function eyeDistances(eyes: PhotoEye[], folds: Fold[], [x0, y0, x1, y1]: Box, scale: number): Float32Array {
  const out = new Float32Array((x1 - x0) * (y1 - y0)).fill(Infinity);
  eyes.forEach(({ opening }, side) => {
    const above = Math.min(END_ABOVE_IOD[1], Math.max(END_ABOVE_IOD[0], END_BEYOND_FOLD * folds[side]!.height));
    let middle = 0;
    for (let i = 1; i < opening.length; i += 2) middle += (2 * opening[i]!) / opening.length;
    const stretches = [END_X_IOD / above, END_X_IOD / END_BELOW_IOD];
    const stretched = stretches.map((stretch) =>
      opening.map((value, i) => (i % 2 === 1 ? middle + (value - middle) * stretch : value)),
    );
    const [left, top, right, bottom] = boundingBox([opening], 2 * END_X_IOD * scale, { width: x1, height: y1 });
    for (let y = Math.max(y0, top); y < bottom; y++)
      for (let x = Math.max(x0, left); x < right; x++) {
        const k = (y - y0) * (x1 - x0) + x - x0;
        const half = y + 0.5 < middle ? 0 : 1;
        const at = middle + (y + 0.5 - middle) * stretches[half]!;
        out[k] = Math.min(out[k]!, signedDistance(stretched[half]!, x + 0.5, at) / scale);
      }
  });
  return out;
}

/** How far each pixel is replaced by skin, 0 ... 1: f32[height x width]. @param away see {@link eyeDistances} */
function replacement(
  colour: Float32Array,
  skin: Float32Array,
  away: Float32Array,
  frame: Float32Array,
  width: number,
  height: number,
  scale: number,
): Float32Array {
  const eye = new Float32Array(away.length);
  const pending: number[] = [];
  const visit = (k: number): void => {
    if (eye[k]! > 0 || away[k]! > EYE_END * END_X_IOD || frame[k]! > 0.5) return;
    if (away[k]! > 0) {
      let [contrast, total] = [0, 1];
      for (let c = 0; c < 3; c++) {
        contrast += Math.abs(colour[3 * k + c]! - skin[3 * k + c]!);
        total += skin[3 * k + c]!;
      }
      if (contrast < EYE_CONTRAST * total) return;
    }
    eye[k] = 1;
    pending.push(k);
  };
  away.forEach((d, k) => {
    if (d <= 0) visit(k);
  });
  for (let k = pending.pop(); k !== undefined; k = pending.pop()) {
    if (k % width > 0) visit(k - 1);
    if (k % width < width - 1) visit(k + 1);
    if (k >= width) visit(k - width);
    if (k < width * (height - 1)) visit(k + width);
  }
  const rim = dilate(eye, width, height, Math.max(1, Math.round(EYE_RIM_IOD * scale)));
  gaussianBlur(rim, width, height, 1, Math.max(0.7, EYE_RIM_IOD * scale));
  return away.map((d, k) => {
    const near = 1 - smoothstep(FULL_SHARE * END_X_IOD, END_X_IOD, d);
    const end = 1 - smoothstep(0.7 * EYE_END * END_X_IOD, EYE_END * END_X_IOD, d);
    return Math.max(near, smoothstep(0.1, 0.9, rim[k]!) * end) * (1 - frame[k]!);
  });
}

/**
 * Brightness of the lashes relative to the skin: the darkest pixel within .03 IOD above the lid's edge, median along
 * the edge.
 */
function lashLight(
  eye: PhotoEye,
  luma: Float32Array,
  skin: Float32Array,
  [x0, y0, x1, y1]: Box,
  scale: number,
): number {
  const darkest: number[] = [];
  for (let i = 2; i < eye.upper.length - 2; i += 2) {
    let least = 1;
    for (let up = 0; up <= 0.03 * scale; up++) {
      const [x, y] = [Math.floor(eye.upper[i]! - x0), Math.floor(eye.upper[i + 1]! - up - y0)];
      if (x < 0 || y < 0 || x >= x1 - x0 || y >= y1 - y0) continue;
      const k = y * (x1 - x0) + x;
      least = Math.min(least, luma[k]! / Math.max(lumaOf(skin, k), 1));
    }
    darkest.push(least);
  }
  return darkest.sort((a, b) => a - b)[darkest.length >> 1] ?? 1;
}
