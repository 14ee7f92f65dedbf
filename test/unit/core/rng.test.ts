/** @file Counter-based random numbers: exact values and distributions. */

import { describe, expect, it } from 'vitest';
import { gumbel, pcg, uniform } from '../../../src/core/rng';

const DRAWS = 50_000;

describe('pcg', () => {
  it('equals its formula in arbitrary precision', () => {
    const MASK = 0xffffffffn;
    const exact = (value: bigint): bigint => {
      const state = (value * 747796405n + 2891336453n) & MASK;
      const word = (((state >> ((state >> 28n) + 4n)) ^ state) * 277803737n) & MASK;
      return (word >> 22n) ^ word;
    };
    for (const value of [0, 1, 2, 255, 65_536, 123_456_789, 0x7fffffff, 0x80000000, 0xffffffff]) {
      expect(pcg(value)).toBe(Number(exact(BigInt(value))));
    }
  });
});

describe('uniform', () => {
  it('is uniform in (0, 1)', () => {
    const values = Array.from({ length: DRAWS }, (_, i) => uniform(1, 2, i));
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS).toBeCloseTo(1 / 12, 2);
  });

  it('gives different numbers for different seeds and streams', () => {
    expect(uniform(1, 2, 3)).not.toBe(uniform(1, 3, 3));
    expect(uniform(1, 2, 3)).not.toBe(uniform(2, 2, 3));
    expect(uniform(1, 2, 3)).toBe(uniform(1, 2, 3));
  });
});

describe('gumbel', () => {
  it('has the mean (Euler-Mascheroni) and variance (pi^2/6) of its distribution', () => {
    const values = Array.from({ length: DRAWS }, (_, i) => gumbel(7, i, 3, 41));
    const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
    expect(Math.abs(mean - 0.5772)).toBeLessThan(0.03);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS;
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.08);
  });
});
