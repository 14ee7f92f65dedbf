/** @file Streams of the random numbers of life (src/core/rng.ts), so that no two of its parts draw the same ones. */

export const RANDOM_STREAM = {
  blink: 1,
  sway: 2,
  fixation: 3,
  microsaccade: 4,
  posture: 5,
  accent: 6,
  nod: 7,
} as const;
