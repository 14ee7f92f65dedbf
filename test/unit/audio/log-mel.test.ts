/** @file The log-mel features against the golden of the training, and the FFT against the definition. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fft } from '../../../src/audio/fft';
import { LogMel, MEL_BANDS } from '../../../src/audio/log-mel';
import golden from '../../goldens/log-mel.json';
import { chunksOf, concat, noise } from './signals';

/** The signal of the golden that training/features.py made. */
function goldenSignal(): Float32Array {
  return Float32Array.from({ length: 8000 }, (_, n) => {
    if (n === 7000) return 0.9;
    if (n >= 6000) return 0;
    return (
      0.3 * Math.sin((2 * Math.PI * 440 * n) / 16000) + 0.1 * Math.sin((2 * Math.PI * (200 + 0.2 * n) * n) / 16000)
    );
  });
}

describe('LogMel', () => {
  it('agrees with the features of the training within 1e-4', () => {
    const mels = new LogMel().push(goldenSignal());
    expect(mels).toHaveLength(50 * MEL_BANDS);
    for (const [frame, expected] of Object.entries(golden.frames)) {
      expected.forEach((value, band) => expect(mels[Number(frame) * MEL_BANDS + band]).toBeCloseTo(value, 4));
    }
  });

  it('gives the same bits for any chunking', () => {
    const pcm = noise(12345);
    const whole = new LogMel().push(pcm);
    expect(whole).toHaveLength(Math.floor(12345 / 160) * MEL_BANDS);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 100000 })), {
          minLength: 1,
          maxLength: 8,
        }),
        (sizes) => {
          const logMel = new LogMel();
          expect(concat([...chunksOf(pcm, sizes)].map(([chunk]) => logMel.push(chunk)))).toEqual(whole);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('does not depend on samples after the frame', () => {
    const pcm = noise(3200);
    const changed = Float32Array.from(pcm, (x, n) => (n >= 1600 ? 0.5 - x : x));
    const [a, b] = [new LogMel().push(pcm), new LogMel().push(changed)];
    expect(a.subarray(0, 10 * MEL_BANDS)).toEqual(b.subarray(0, 10 * MEL_BANDS));
    expect(a.subarray(10 * MEL_BANDS, 11 * MEL_BANDS)).not.toEqual(b.subarray(10 * MEL_BANDS, 11 * MEL_BANDS));
  });

  it('gives the logarithm of the floor for silence', () => {
    const mels = new LogMel().push(new Float32Array(160));
    for (const value of mels) expect(value).toBeCloseTo((Math.log(1e-5) + 3) / 5, 6);
  });
});

describe('Fft', () => {
  it('agrees with the sum that defines the Fourier transform', () => {
    const frame = Float64Array.from(noise(48));
    const power = new Float64Array(33);
    new Fft(64).power(frame, power);
    for (let k = 0; k <= 32; k++) {
      let [re, im] = [0, 0];
      frame.forEach((x, n) => {
        re += x * Math.cos((2 * Math.PI * k * n) / 64);
        im -= x * Math.sin((2 * Math.PI * k * n) / 64);
      });
      expect(power[k]).toBeCloseTo(re * re + im * im, 10);
    }
  });

  it('refuses sizes that are not a power of two', () => {
    for (const size of [0, 1, 3, 500]) expect(() => new Fft(size)).toThrowError(RangeError);
  });
});
