/**
 * @file The photo with its eyes closed. Nobody has seen that skin, so it is made of what is round it:
 *
 *   skin     where lids lie: a membrane hung on the clean skin round the eye, without lashes, brows, frames and background
 *   amount   1 on the eye and on all dark that hangs together with it (lashes, liner), fading over the lid to 0 at the fold
 *   closed   = (photo (1 - amount) + amount skin (1 + grain)) shade
 *
 * Everywhere else it is the photo itself, so that a mesh which samples it has no seam.
 */

import type { LidTexture, RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { boundingBox } from './eye-openings';
import { glassesFrame } from './glasses-frame';
import { type Polygon, signedDistance } from '../../mesh/polygon';
import { gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';

/** Skin may be taken from this far away, and not from the brows. */
const MARGIN_IOD = 0.24;
const BROW_CLEARANCE_IOD = 0.025;
/**
 * Replaced skin ends so far from the opening, sideways, below, and above: so much beyond the fold, in this range. It begins to
 * fade at this share of it.
 */
const END_X_IOD = 0.09;
const END_BEYOND_FOLD = 1.35;
const END_ABOVE_IOD = [0.07, 0.11] as const;
const END_BELOW_IOD = 0.06;
const FULL_SHARE = 0.3;
/** The photo's own fold: a line so far above the opening, and so much darker than what is round it; else one is made here. */
const FOLD_SEARCH_IOD = [0.035, 0.105] as const;
const FOLD_CONTRAST = 0.03;
const MADE_FOLD_IOD = 0.06;
/** Nothing this near to the opening is a model for skin, same unit as END_X_IOD. */
const EYE_CLEARANCE_IOD = 0.055;
/** Dark lines up to twice as wide are lashes or folds: share of the brightness on both sides of them. */
const LINE_IOD = 0.025;
const DARK_LINE = [0.8, 0.93] as const;
/** Shares of the usual brightness within this distance that are liner or hair, and highlights. */
const AROUND_IOD = 0.07;
const DARK_SKIN = [0.45, 0.7] as const;
const BRIGHT_SKIN = [1.3, 1.6] as const;
/** What hangs together with the eye, no farther than this of the ends above, and differs so much from skin is part of it. */
const EYE_CONTRAST = 0.16;
const EYE_END = 2;
const EYE_RIM_IOD = 0.016;
/** Where the mesh ends or turns away, new skin ends this softly. */
const REACH_EDGE_IOD = 0.018;
/** Blur of the skin that the membrane hangs on. */
const SKIN_BLUR_IOD = 0.025;
/** Sweeps of relaxation. */
const MEMBRANE_SWEEPS = 60;
/** Grain of the photo (pores, brush strokes) is taken from the cheek below, as strong as it is round the eye. */
const GRAIN_OFFSET_IOD = 0.26;
const GRAIN_BLUR_IOD = 0.02;
/** Standard deviations: what is stronger is no grain but a line, and left out. */
const GRAIN_LIMIT = [1.5, 3] as const;

/** Relief, shares of the brightness: the globe under the lid, the fold, the inner corner, the shadow of the lashes below. */
const BULGE = 0.045;
const FOLD = 0.07;
const FOLD_IOD = 0.02;
const INNER_CORNER = 0.05;
const LASH_SHADOW = 0.05;
const LASH_SHADOW_IOD = 0.018;

const BROWS = [
  [70, 63, 105, 66, 107, 55, 65, 52, 53, 46],
  [300, 293, 334, 296, 336, 285, 295, 282, 283, 276],
];

/** An eye of the photo, px. Paths run from the picture's left to the right. */
export type PhotoEye = {
  opening: Polygon;
  /** Edge of the upper lid as it is, and once it is closed. */
  upper: Polygon;
  closedEdge: Polygon;
  /** The inner corner is at the end of the paths. */
  innerAtEnd: boolean;
};

export type LidSkin = {
  texture: LidTexture;
  /** Dark frames of glasses are in front of the eyes. */
  hasGlasses: boolean;
  /** Brightness of the darkest line along the upper lid's edge as a share of the skin's, per eye. */
  lashLight: number[];
};

/**
 * @param isFace whether a pixel of the photo shows the face
 * @param reach how far the mesh shows this skin at a pixel of the photo, 0 ... 1
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
  const { colour, luma } = cropOf(photo, x0, y0, width, height);
  const withoutLines = closing(luma, width, height, Math.max(1, Math.round(LINE_IOD * scale)));
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
        if (px < left || px > right || py < top || py > bottom) return; // most of the crop lies far from the brows
        isSkin[k] = isSkin[k]! * smoothstep(0, BROW_CLEARANCE_IOD, signedDistance(brow, px, py) / scale);
      });
    }
  const { skin, clean } = cleanSkin(colour, luma, withoutLines, isSkin, width, height, scale);
  const amount = replaced(colour, skin, away, frame, width, height, scale);
  const shown = amount.map((_, k) => reach(x0 + (k % width), y0 + Math.floor(k / width)));
  const within = extreme(shown, width, height, Math.max(1, Math.round(REACH_EDGE_IOD * scale)), -1);
  gaussianBlur(within, width, height, 1, Math.max(0.7, REACH_EDGE_IOD * scale));
  const grain = skinGrain(photo, luma, clean, box, scale);
  const image: RgbaImage = { width, height, data: new Uint8ClampedArray(4 * size) };
  const shades = eyes.map((eye, side) => lidShade(eye, folds[side]!, scale));
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      const a = amount[k]! * within[k]!;
      const shade = a > 0 ? 1 + a * shades.reduce((sum, of) => sum + of(x0 + x + 0.5, y0 + y + 0.5), 0) : 1;
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

/** A part of a photo: f32[height x width x 3] and its luma, 0 ... 255. Rows beyond the photo repeat its last. */
function cropOf(
  photo: RgbaImage,
  x0: number,
  y0: number,
  width: number,
  height: number,
): { colour: Float32Array; luma: Float32Array } {
  const colour = new Float32Array(3 * width * height);
  const luma = new Float32Array(width * height);
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      const o = 4 * (Math.min(photo.height - 1, y0 + y) * photo.width + x0 + x);
      for (let c = 0; c < 3; c++) colour[3 * k + c] = photo.data[o + c]!;
      luma[k] = lumaOf(colour, k);
    }
  return { colour, luma };
}

function lumaOf(rgb: Float32Array, k: number): number {
  return 0.299 * rgb[3 * k]! + 0.587 * rgb[3 * k + 1]! + 0.114 * rgb[3 * k + 2]!;
}

/** Distance of every pixel of the box from the nearest opening: IOD sideways, scaled above and below by the ends there. */
function eyeDistances(
  eyes: PhotoEye[],
  folds: Fold[],
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  scale: number,
): Float32Array {
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

/** Fold of the upper lid: IOD above the middle of the eye's opening, and whether the photo shows it. */
type Fold = { height: number; shown: boolean };

/** @param lines f32[height x width] of the box: how much darker than both sides */
function findFold(
  eye: PhotoEye,
  lines: Float32Array,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  scale: number,
): Fold {
  const count = eye.upper.length / 2;
  const contrastAt = (height: number): number => {
    let [sum, n] = [0, 0];
    for (let i = Math.floor(0.25 * count); i < 0.75 * count; i++) {
      const [x, y] = [Math.floor(eye.upper[2 * i]! - x0), Math.floor(eye.upper[2 * i + 1]! - height * scale - y0)];
      if (x < 0 || y < 0 || x >= x1 - x0 || y >= y1 - y0) continue;
      sum += lines[y * (x1 - x0) + x]!;
      n++;
    }
    return n > 0 ? sum / n : 0;
  };
  let fold: Fold = { height: MADE_FOLD_IOD, shown: false };
  let best = FOLD_CONTRAST;
  const step = 1 / scale;
  for (let height = FOLD_SEARCH_IOD[0]; height < FOLD_SEARCH_IOD[1]; height += step) {
    const contrast = contrastAt(height);
    if (contrast < best || contrast < contrastAt(height - step) || contrast < contrastAt(height + step)) continue;
    best = contrast;
    fold = { height, shown: true };
  }
  return fold;
}

/**
 * The colour of skin everywhere, from where it is clean: no dark line, and neither much darker nor brighter than usual near it.
 * Between, a membrane (Laplace's equation by successive over-relaxation, from what push-pull fills in).
 *
 * @returns skin f32[height x width x 3]; clean f32[height x width], 0 ... 1
 */
function cleanSkin(
  colour: Float32Array,
  luma: Float32Array,
  withoutLines: Float32Array,
  isSkin: Float32Array,
  width: number,
  height: number,
  scale: number,
): { skin: Float32Array; clean: Float32Array } {
  const usual = luma.map((value, k) => Math.log(Math.max(value, 1)) * isSkin[k]!);
  const total = isSkin.slice();
  gaussianBlur(usual, width, height, 1, Math.max(1, AROUND_IOD * scale));
  gaussianBlur(total, width, height, 1, Math.max(1, AROUND_IOD * scale));
  const clean = isSkin.map((weight, k) => {
    if (weight === 0) return 0;
    const share = luma[k]! / Math.exp(usual[k]! / Math.max(total[k]!, 1e-6));
    const plain = smoothstep(...DARK_LINE, luma[k]! / Math.max(withoutLines[k]!, 1));
    return weight * (0.01 + 0.99 * plain * smoothstep(...DARK_SKIN, share) * (1 - smoothstep(...BRIGHT_SKIN, share)));
  });
  const known = clean.slice();
  const source = colour.slice();
  for (let k = 0; k < known.length; k++) for (let c = 0; c < 3; c++) source[3 * k + c] = source[3 * k + c]! * known[k]!;
  gaussianBlur(source, width, height, 3, Math.max(0.8, SKIN_BLUR_IOD * scale));
  gaussianBlur(known, width, height, 1, Math.max(0.8, SKIN_BLUR_IOD * scale));
  for (let k = 0; k < known.length; k++) {
    // Where hardly any skin was near, nothing is known.
    const keep = smoothstep(0.1, 0.6, known[k]!) / Math.max(known[k]!, 1e-6);
    for (let c = 0; c < 3; c++) source[3 * k + c] = source[3 * k + c]! * keep;
    known[k] = known[k]! * keep;
  }
  const skin = pushPull(source, known, width, height, 3);
  for (let sweep = 0; sweep < MEMBRANE_SWEEPS; sweep++)
    for (let y = 1; y < height - 1; y++)
      for (let x = 1; x < width - 1; x++) {
        const k = y * width + x;
        const free = 1.6 * (1 - known[k]!);
        if (free < 0.01) continue;
        for (let c = 0; c < 3; c++) {
          const at = 3 * k + c;
          const mean = 0.25 * (skin[at - 3]! + skin[at + 3]! + skin[at - 3 * width]! + skin[at + 3 * width]!);
          skin[at] = skin[at]! + free * (mean - skin[at]!);
        }
      }
  return { skin, clean };
}

/** Grey-scale closing by a square: dark lines narrower than it are gone. */
function closing(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  return extreme(extreme(values, width, height, radius, 1), width, height, radius, -1);
}

/** Largest (sign 1) or smallest (-1) value in a square round each place. */
function extreme(values: Float32Array, width: number, height: number, radius: number, sign: 1 | -1): Float32Array {
  let result = values;
  for (const horizontal of [true, false]) {
    const from = result;
    result = new Float32Array(values.length);
    for (let y = 0, k = 0; y < height; y++)
      for (let x = 0; x < width; x++, k++) {
        const [at, end, step] = horizontal ? [x, width, 1] : [y, height, width];
        let best = -Infinity;
        for (let d = Math.max(-radius, -at); d <= radius && at + d < end; d++)
          best = Math.max(best, sign * from[k + d * step]!);
        result[k] = sign * best;
      }
  }
  return result;
}

/** How far each pixel is replaced by skin, 0 ... 1. */
function replaced(
  colour: Float32Array,
  skin: Float32Array,
  away: Float32Array,
  frame: Float32Array,
  width: number,
  height: number,
  scale: number,
): Float32Array {
  const eye = new Float32Array(away.length);
  const open: number[] = [];
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
    open.push(k);
  };
  away.forEach((d, k) => {
    if (d <= 0) visit(k);
  });
  for (let k = open.pop(); k !== undefined; k = open.pop()) {
    if (k % width > 0) visit(k - 1);
    if (k % width < width - 1) visit(k + 1);
    if (k >= width) visit(k - width);
    if (k < width * (height - 1)) visit(k + width);
  }
  const rim = extreme(eye, width, height, Math.max(1, Math.round(EYE_RIM_IOD * scale)), 1);
  gaussianBlur(rim, width, height, 1, Math.max(0.7, EYE_RIM_IOD * scale));
  return away.map((d, k) => {
    const near = 1 - smoothstep(FULL_SHARE * END_X_IOD, END_X_IOD, d);
    const end = 1 - smoothstep(0.7 * EYE_END * END_X_IOD, EYE_END * END_X_IOD, d);
    return Math.max(near, smoothstep(0.1, 0.9, rim[k]!) * end) * (1 - frame[k]!);
  });
}

/** Fine changes as shares of the brightness: from the cheek below, no stronger than on the clean skin round the eye. */
function skinGrain(
  photo: RgbaImage,
  luma: Float32Array,
  clean: Float32Array,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  scale: number,
): Float32Array {
  const [width, height] = [x1 - x0, y1 - y0];
  const fine = (of: Float32Array): Float32Array => {
    const smooth = of.slice();
    gaussianBlur(smooth, width, height, 1, Math.max(0.8, GRAIN_BLUR_IOD * scale));
    return of.map((value, k) => value / Math.max(smooth[k]!, 1) - 1);
  };
  const wanted = spread(fine(luma), (k) => clean[k]! > 0.5);
  const grain = fine(cropOf(photo, x0, y0 + Math.round(GRAIN_OFFSET_IOD * scale), width, height).luma);
  const gain = Math.min(
    1,
    wanted /
      Math.max(
        spread(grain, () => true),
        1e-6,
      ),
  );
  return grain.map(
    (value) =>
      value * gain * (1 - smoothstep(GRAIN_LIMIT[0] * wanted, GRAIN_LIMIT[1] * wanted, Math.abs(value * gain))),
  );
}

/** Median of the absolute values as a standard deviation: single lines do not count. */
function spread(values: Float32Array, counts: (k: number) => boolean): number {
  const sizes = values
    .filter((_, k) => counts(k))
    .map(Math.abs)
    .sort();
  return sizes.length > 0 ? 1.48 * sizes[sizes.length >> 1]! : 0;
}

/** Heights of an eye's paths over the line through its corners. */
function eyeAxes({ upper, closedEdge, innerAtEnd }: PhotoEye) {
  const [ax, ay] = [upper[0]!, upper[1]!];
  const [dx, dy] = [upper[upper.length - 2]! - ax, upper[upper.length - 1]! - ay];
  const length = Math.hypot(dx, dy);
  /** px along the line from the left corner, and below it. */
  const place = (x: number, y: number): [number, number] => [
    ((x - ax) * dx + (y - ay) * dy) / length,
    ((y - ay) * dx - (x - ax) * dy) / length,
  ];
  const path = (points: Polygon): ((p: number) => number) => {
    const placed = Array.from({ length: points.length / 2 }, (_, i) => place(points[2 * i]!, points[2 * i + 1]!));
    return (p) => {
      let i = 0;
      while (i < placed.length - 2 && placed[i + 1]![0] < p) i++;
      const [a, b] = [placed[i]!, placed[i + 1]!];
      const t = Math.min(1, Math.max(0, (p - a[0]) / (b[0] - a[0] || 1)));
      return a[1] + t * (b[1] - a[1]);
    };
  };
  return { place, length, upperAt: path(upper), closedAt: path(closedEdge), innerAtEnd };
}

/** Relief of a closed lid: change of its brightness at a pixel, as a share. */
function lidShade(eye: PhotoEye, { height, shown }: Fold, scale: number): (x: number, y: number) => number {
  const { place, length, upperAt, closedAt, innerAtEnd } = eyeAxes(eye);
  return (x, y) => {
    const [p, q] = place(x, y);
    const u = p / length;
    if (u < -0.3 || u > 1.3) return 0;
    const inside = Math.min(1, Math.max(0, u));
    const middle = Math.sin(Math.PI * inside);
    const edge = closedAt(p);
    const fold = upperAt(p) - height * scale * Math.sqrt(middle);
    const t = (q - fold) / Math.max(edge - fold, 1);
    const bulge = t > 0 && t < 1 ? middle * (1 - (2 * t - 1) ** 2) : 0;
    const crease = shown ? 0 : Math.sqrt(middle) * Math.exp(-(((q - fold) / (FOLD_IOD * scale)) ** 2));
    const corner = Math.exp(-(((innerAtEnd ? 1 - u : u) / 0.2) ** 2)) * Math.exp(-(((q - edge) / (0.06 * scale)) ** 2));
    const under = (q - edge) / (LASH_SHADOW_IOD * scale);
    const shadow = under > 0 ? middle * under * Math.exp((1 - under ** 2) / 2) : 0;
    return BULGE * bulge - FOLD * crease - INNER_CORNER * corner - LASH_SHADOW * shadow;
  };
}

/** Over the middle of the upper lid: the darkest within a lash's thickness above its edge, as a share of the skin's. */
function lashLight(
  eye: PhotoEye,
  luma: Float32Array,
  skin: Float32Array,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
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
