import { expect, test } from 'vitest';
import { mixToMono } from '../../../src/core/mix-to-mono';

test('the mix is the mean of all channels, in a new array', () => {
  const [left, right] = [Float32Array.of(1, 0.5, -1), Float32Array.of(0, 0.5, 1)];
  expect([...mixToMono([left, right])]).toEqual([0.5, 0.5, 0]);
  // Channels in opposite phase do not cancel each other.
  expect([...mixToMono([left, left.map((x) => -x)])]).toEqual([...left]);
  const mono = mixToMono([left]);
  expect([...mono]).toEqual([...left]);
  expect(mono).not.toBe(left);
});
