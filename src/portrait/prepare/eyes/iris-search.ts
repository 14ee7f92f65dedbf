/** @file Finds the iris of an eye: where the photo brightens most across the edge of a disc near the iris landmarks. */

import { luma } from '../../../core/luma';
import { type Polygon, signedDistance } from '../../../core/polygon';
import { type RgbaImage, sampleBilinear } from '../../../core/rgba-image';

/**
 * Candidates: offsets and radii relative to the landmarks, in radii; directions towards the eye corners, in degrees.
 */
const SEARCH_OFFSETS = [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3];
const SEARCH_RADII = [0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2];
const SEARCH_ARC_DEGREES = [-40, -30, -20, -10, 0, 10, 20, 30, 40];
/**
 * Unit vectors of these directions on both sides, computed once because the search uses them tens of thousands of
 * times.
 */
const SEARCH_DIRECTIONS = [1, -1].flatMap((side) =>
  SEARCH_ARC_DEGREES.map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    return { x: side * Math.cos(angle), y: Math.sin(angle) };
  }),
);
/** Brightness is compared this far inside and outside the edge, in radii. */
const EDGE_STEP = 0.14;

/** px. */
export type Disc = { x: number; y: number; radius: number };

/**
 * Finds the disc with Daugman's integro-differential operator ("How Iris Recognition Works", 2004), evaluated on a
 * small grid of candidates and only along arcs that no lid covers.
 *
 * @param opening of the lids, px
 * @param landmarks f32[n x 3], px
 * @param indices landmarks of the iris: its centre and four points of its edge
 */
export function findIris(
  photo: RgbaImage,
  opening: Polygon,
  landmarks: Float32Array,
  indices: readonly number[],
): Disc {
  const [x, y] = [landmarks[3 * indices[0]!]!, landmarks[3 * indices[0]! + 1]!];
  let radius = 0;
  for (const i of indices.slice(1)) radius += Math.hypot(landmarks[3 * i]! - x, landmarks[3 * i + 1]! - y) / 4;
  let best: Disc = { x, y, radius };
  let bestScore = 0;
  for (const dx of SEARCH_OFFSETS)
    for (const dy of SEARCH_OFFSETS)
      for (const factor of SEARCH_RADII) {
        const disc = { x: x + dx * radius, y: y + dy * radius, radius: factor * radius };
        // The landmarks are accurate to a fifth of the radius.
        const prior = 1 - 2 * (dx * dx + dy * dy) - 2 * (factor - 1) ** 2;
        const score = prior * edgeContrast(photo, opening, disc);
        if (score > bestScore) [best, bestScore] = [disc, score];
      }
  return best;
}

/** Mean step in brightness across the disc's edge; 0 if too little of the edge is visible. */
function edgeContrast(photo: RgbaImage, opening: Polygon, { x, y, radius }: Disc): number {
  const outer = radius * (1 + EDGE_STEP);
  const inner = radius * (1 - EDGE_STEP);
  let sum = 0;
  let count = 0;
  for (const along of SEARCH_DIRECTIONS) {
    const ox = x + outer * along.x;
    const oy = y + outer * along.y;
    if (signedDistance(opening, ox, oy) > 0) continue;
    sum +=
      sampleBilinear(photo, ox, oy, lumaAt) - sampleBilinear(photo, x + inner * along.x, y + inner * along.y, lumaAt);
    count++;
  }
  return count >= SEARCH_ARC_DEGREES.length / 2 ? sum / count : 0;
}

/** Luma of a pixel. @param offset index of its red channel */
function lumaAt(data: Uint8ClampedArray, offset: number): number {
  return luma(data[offset]!, data[offset + 1]!, data[offset + 2]!);
}
