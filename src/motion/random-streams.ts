/** @file Stream numbers of the random numbers (src/core/rng.ts): each part of the procedural motion draws from its own. */

export const RANDOM_STREAM = {
  blink: 1,
  sway: 2,
  fixation: 3,
  microsaccade: 4,
  posture: 5,
  accent: 6,
  nod: 7,
} as const;
