/** @file The resampler: gain, noise, aliases, delay, and the same bits for any chunking. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resampler } from '../../../src/core/resampler';
import { chunksOf, concat, largestDifference, noise, sine } from '../audio/signals';

const RATES = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 44101, 47999, 48000, 88200, 96000, 192000];

/** Power of the best-fitting sine of frequency `hz` and of the residual, without the start and the end of the signal. */
function splitSine(signal: Float32Array, hz: number): { tone: number; residual: number } {
  const settled = signal.subarray(1600, signal.length - 200);
  const w = (2 * Math.PI * hz) / 16000;
  let [cc, ss, cs, xc, xs] = [0, 0, 0, 0, 0];
  settled.forEach((x, n) => {
    const [c, s] = [Math.cos(w * n), Math.sin(w * n)];
    cc += c * c;
    ss += s * s;
    cs += c * s;
    xc += x * c;
    xs += x * s;
  });
  const determinant = cc * ss - cs * cs;
  const a = (xc * ss - xs * cs) / determinant;
  const b = (xs * cc - xc * cs) / determinant;
  let residual = 0;
  settled.forEach((x, n) => (residual += (x - a * Math.cos(w * n) - b * Math.sin(w * n)) ** 2));
  return { tone: (a * a + b * b) / 2, residual: residual / settled.length };
}

const decibels = (ratio: number) => 10 * Math.log10(ratio);

describe('Resampler', () => {
  it.each(RATES)('keeps tones below the cutoff at %i Hz: SNR above 65 dB, gain within 0.1 dB', (rate) => {
    for (const hz of [100, 440, 1000, 3000, 3300, 6500].filter((tone) => tone < 0.42 * Math.min(rate, 16000))) {
      const { tone, residual } = splitSine(new Resampler(rate).push(sine(rate / 2, hz, rate)), hz);
      expect(decibels(tone / residual)).toBeGreaterThan(65);
      expect(Math.abs(decibels(tone / 0.125))).toBeLessThan(0.1);
    }
  });

  it.each([24000, 32000, 44100, 48000, 96000, 192000])(
    'suppresses tones that would alias at %i Hz to below -60 dB',
    (rate) => {
      for (const hz of [8100, 8500, 9000, 10000, 11000, 15900, 20000, 40000].filter((tone) => tone < rate / 2)) {
        const output = new Resampler(rate).push(sine(rate / 2, hz, rate)).subarray(1600);
        const power = output.reduce((sum, x) => sum + x * x, 0) / output.length;
        expect(decibels(power / 0.125)).toBeLessThan(-60);
      }
    },
  );

  it.each([8000, 11025])('adds no images above the source band at %i Hz', (rate) => {
    const output = new Resampler(rate).push(sine(rate / 2, 1000, rate));
    expect(decibels(splitSine(output, rate - 1000).tone / 0.125)).toBeLessThan(-60);
  });

  it('delays by delaySeconds', () => {
    for (const rate of RATES) {
      const resampler = new Resampler(rate);
      const hz = 200;
      const output = resampler.push(sine(rate / 2, hz, rate));
      const expected = Float32Array.from(
        output,
        (_, m) => 0.5 * Math.sin(2 * Math.PI * hz * (m / 16000 - resampler.delaySeconds)),
      );
      expect(largestDifference(output.subarray(400), expected.subarray(400))).toBeLessThan(1e-3);
      expect(resampler.delaySeconds).toBeLessThan(0.0055);
    }
  });

  it('gives the same bits for any chunking, ceil(N 16000 / rate) samples in total', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...RATES), fc.integer({ min: 8000, max: 192000 })),
        fc.integer({ min: 0, max: 20000 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100000 })), {
          minLength: 1,
          maxLength: 8,
        }),
        (rate, length, sizes) => {
          const input = noise(length, rate);
          const whole = new Resampler(rate).push(input);
          const resampler = new Resampler(rate);
          const parts = [...chunksOf(input, sizes)].map(([chunk]) => resampler.push(chunk));
          expect(whole).toHaveLength(Math.ceil((length * 16000) / rate));
          expect(concat(parts)).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has no look-ahead: output m depends on inputs up to time m / 16000', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RATES), fc.integer({ min: 1, max: 4000 }), (rate, cut) => {
        const input = noise(5000, 3);
        const changed = Float32Array.from(input, (x, n) => (n >= cut ? -x + 0.2 : x));
        const [a, b] = [new Resampler(rate).push(input), new Resampler(rate).push(changed)];
        const same = Math.ceil((cut * 16000) / rate); // outputs before the time of sample `cut`
        expect(a.subarray(0, same)).toEqual(b.subarray(0, same));
      }),
    );
  });

  it('keeps a constant input constant, even at rates with many phases', () => {
    for (const rate of RATES) {
      const output = new Resampler(rate).push(new Float32Array(rate / 10).fill(0.25)).subarray(200);
      expect(Math.max(...output) - Math.min(...output)).toBeLessThan(1e-6);
      expect(output[0]).toBeCloseTo(0.25, 6);
    }
  });

  it.each([0, -1, 7999, 192001, 44100.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d Hz', (rate) => {
    expect(() => new Resampler(rate)).toThrowError(expect.objectContaining({ code: 'sample-rate', value: rate }));
  });
});
