/**
 * @file Sway and breath: sums of a few slow sines, so they are band-limited by construction (below 0.3 Hz), bounded, and the
 * same at any hour.
 */

import { uniform } from '../core/rng';
import { RANDOM_STREAM } from './random-streams';

type Axis = 'pitch' | 'yaw' | 'roll';

/** Degrees are the most that the sum can reach. Frequencies have no small common period. */
const SWAYS: readonly { axis: Axis; degrees: number; frequenciesHz: readonly number[] }[] = [
  { axis: 'yaw', degrees: 1, frequenciesHz: [0.053, 0.121, 0.217] },
  { axis: 'pitch', degrees: 0.7, frequenciesHz: [0.067, 0.139, 0.241] },
  { axis: 'roll', degrees: 0.5, frequenciesHz: [0.043, 0.097, 0.173] },
];
/** Breathing, 15 a minute, lifts the head and tips it a little. */
const BREATH = { frequencyHz: 0.25, liftIod: 0.006, pitchDegrees: 0.2 };

/** Degrees, and IOD (y points down). */
export type Sway = Record<Axis, number> & { lift: number };

/** Where sway and breath have the head `seconds` after the start; comes from rest, so that the first picture is the photo. */
export function swayAt(seed: number, seconds: number): Sway {
  const start = Math.min(1, seconds);
  const strength = start * start * (3 - 2 * start);
  const sway: Sway = { pitch: 0, yaw: 0, roll: 0, lift: 0 };
  SWAYS.forEach(({ axis, degrees, frequenciesHz }, which) => {
    frequenciesHz.forEach((frequency, i) => {
      const turns = frequency * seconds + uniform(seed, RANDOM_STREAM.sway, 4 * which + i);
      sway[axis] += (strength * degrees * Math.sin(2 * Math.PI * turns)) / frequenciesHz.length;
    });
  });
  const breath = strength * Math.sin(2 * Math.PI * BREATH.frequencyHz * seconds);
  sway.pitch += BREATH.pitchDegrees * breath;
  sway.lift = -BREATH.liftIod * breath;
  return sway;
}
