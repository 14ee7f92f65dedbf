/** @file The factor that closes the mouth of a voice that was cut off. */
import { expect, it } from 'vitest';
import { MouthRest } from '../../../src/motion/mouth-rest';

const frames = (rest: MouthRest, count: number): number[] => Array.from({ length: count }, () => rest.next());

it('is 1 while nothing is cut off', () => {
  expect(frames(new MouthRest(), 5)).toEqual([1, 1, 1, 1, 1]);
});

it('closes the mouth within three frames (120 ms), without a jump, keeps it closed, and lets it go', () => {
  const rest = new MouthRest();
  rest.begin();
  const factors = frames(rest, 30);
  expect(factors[2]).toBeCloseTo(0, 9);
  expect(factors.slice(2, 11).every((factor) => factor < 1e-9)).toBe(true);
  expect(factors.at(-1)).toBe(1);
  const steps = [1, ...factors].map((factor, n, all) => Math.abs(factor - (all[n - 1] ?? 1)));
  expect(Math.max(...steps)).toBeLessThan(0.5);
});

it('is cancelled by the next voice', () => {
  const rest = new MouthRest();
  rest.begin();
  frames(rest, 5);
  rest.cancel();
  expect(rest.next()).toBe(1);
});
