/** @file The lip ring with fewer points, for the light in the mouth (shaders/mouth/lip-profile.wgsl). */

/** A closed ring: the upper lip from left to right, the lower lip back, the first point again. */
export type LipRing = {
  /** Mesh vertices. */
  points: Uint32Array<ArrayBuffer>;
  /** Index of the first point after the upper lip. */
  firstLower: number;
};

/** Every second point is enough for light. */
const RING_STEP = 2;

/**
 * Takes every second point of the lip ring, and the corners.
 *
 * @param ring mesh vertices: the upper lip from left to right, then the lower lip back, without the corners
 * @param upperCount points of the upper lip, both corners included
 */
export function thinLipRing(ring: Uint32Array, upperCount: number): LipRing {
  const thin = (points: Uint32Array): number[] =>
    [...points].filter((_, k) => k % RING_STEP === 0 || k === points.length - 1);
  const upper = thin(ring.subarray(0, upperCount));
  return {
    points: Uint32Array.from([...upper, ...thin(ring.subarray(upperCount)), upper[0]!]),
    firstLower: upper.length,
  };
}
