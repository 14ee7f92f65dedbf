/**
 * @file Sway and breath of the head: sums of a few slow sines. They are band-limited (below 0.3 Hz) and bounded, and do
 * not change over hours.
 */

import { uniform } from '../core/rng';
import { RANDOM_STREAM } from './random-streams';

type Axis = 'pitch' | 'yaw' | 'roll';

/** `maxDegrees` is the largest possible sum. The frequencies have no short common period. */
const SWAYS: readonly { axis: Axis; maxDegrees: number; frequenciesHz: readonly number[] }[] = [
  { axis: 'yaw', maxDegrees: 1, frequenciesHz: [0.053, 0.121, 0.217] },
  { axis: 'pitch', maxDegrees: 0.7, frequenciesHz: [0.067, 0.139, 0.241] },
  { axis: 'roll', maxDegrees: 0.5, frequenciesHz: [0.043, 0.097, 0.173] },
];
/** Breathing, 15 per minute, lifts the head and tilts it a little. */
const BREATH = { frequencyHz: 0.25, liftIod: 0.006, pitchDegrees: 0.2 };

/** Angles in degrees; lift in IOD, y down. */
type Sway = Record<Axis, number> & { lift: number };

/** Sway and breath `seconds` after the start. They fade in over the first second, because the first picture is the photo. */
export function swayAt(seed: number, seconds: number): Sway {
  const start = Math.min(1, seconds);
  const strength = start * start * (3 - 2 * start);
  const sway: Sway = { pitch: 0, yaw: 0, roll: 0, lift: 0 };
  SWAYS.forEach(({ axis, maxDegrees, frequenciesHz }, which) => {
    frequenciesHz.forEach((frequency, i) => {
      const turns = frequency * seconds + uniform(seed, RANDOM_STREAM.sway, 4 * which + i);
      sway[axis] += (strength * maxDegrees * Math.sin(2 * Math.PI * turns)) / frequenciesHz.length;
    });
  });
  const breath = strength * Math.sin(2 * Math.PI * BREATH.frequencyHz * seconds);
  sway.pitch += BREATH.pitchDegrees * breath;
  sway.lift = -BREATH.liftIod * breath;
  return sway;
}
