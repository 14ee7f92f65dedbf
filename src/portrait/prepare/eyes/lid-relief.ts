/**
 * @file The relief of a closed upper lid: its fold, the bulge of the eyeball, the inner corner and the shadow of the
 * lashes.
 */

import type { Box, Polygon } from '../../../core/polygon';

/**
 * The fold that the photo shows is searched at these heights above the opening. It must be darker than both sides by
 * this fraction.
 */
const FOLD_SEARCH_IOD = [0.035, 0.105] as const;
const FOLD_CONTRAST = 0.03;
/** Height of the fold that is drawn if the photo shows none. */
const DRAWN_FOLD_IOD = 0.06;
/** Changes of brightness, as fractions. */
const BULGE = 0.045;
const FOLD = 0.07;
const FOLD_IOD = 0.02;
const INNER_CORNER = 0.05;
const LASH_SHADOW = 0.05;
const LASH_SHADOW_IOD = 0.018;

/** An eye in the photo, px. Paths run from the picture's left to its right. */
export type PhotoEye = {
  opening: Polygon;
  /** Edge of the upper lid in the photo, and with the eye closed. */
  upper: Polygon;
  closedEdge: Polygon;
  /** Whether the inner corner is at the end of the paths. */
  innerAtEnd: boolean;
};

/** Fold of the upper lid: its height above the edge in the middle of the lid, IOD, and whether the photo shows it. */
export type Fold = { height: number; shown: boolean };

/**
 * Finds the fold of the upper lid.
 *
 * @param lines f32[height x width] of the box: how much darker than both sides, as a fraction
 */
export function findFold(eye: PhotoEye, lines: Float32Array, [x0, y0, x1, y1]: Box, scale: number): Fold {
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
  let fold: Fold = { height: DRAWN_FOLD_IOD, shown: false };
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

/** Coordinates along and across the line through an eye's corners, and the eye's paths in these coordinates. */
function eyeAxes({ upper, closedEdge, innerAtEnd }: PhotoEye) {
  const [ax, ay] = [upper[0]!, upper[1]!];
  const [dx, dy] = [upper[upper.length - 2]! - ax, upper[upper.length - 1]! - ay];
  const length = Math.hypot(dx, dy);
  /** Distance along the line from the left corner, and below the line, px. */
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

/** Change of brightness by the relief of a closed lid, as a fraction, at a pixel of the photo. */
export function lidRelief(eye: PhotoEye, { height, shown }: Fold, scale: number): (x: number, y: number) => number {
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
