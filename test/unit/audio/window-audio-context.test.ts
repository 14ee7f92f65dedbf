import { describe, expect, it } from 'vitest';
import { resampleFeatures, WindowAudioContext, type WindowEncoder } from '../../../src/audio/window-audio-context';
import { noise } from './signals';

/** Mean of every 320 samples: 50 features a second. */
const meansEncoder: WindowEncoder = {
  extract: async (pcm) => {
    const length = Math.floor(pcm.length / 320);
    return {
      values: Float32Array.from({ length }, (_, i) =>
        pcm.subarray(i * 320, (i + 1) * 320).reduce((sum, x) => sum + x / 320, 0),
      ),
      length,
      size: 1,
    };
  },
};

describe('WindowAudioContext', () => {
  it('interpolates with the end points in place', () => {
    const ramp = { values: Float32Array.of(0, 10, 1, 20, 2, 30, 3, 40), length: 4, size: 2 };
    expect(Array.from(resampleFeatures(ramp, 7).values)).toEqual([
      0, 10, 0.5, 15, 1, 20, 1.5, 25, 2, 30, 2.5, 35, 3, 40,
    ]);
    expect(Array.from(resampleFeatures(ramp, 2).values)).toEqual([0, 10, 3, 40]);
    expect(Array.from(resampleFeatures(ramp, 1).values)).toEqual([0, 10]);
  });

  it('hands the encoder 8 s of zero mean and unit variance, zeros before the start', async () => {
    const seen: Float32Array[] = [];
    const context = new WindowAudioContext({
      extract: async (pcm) => {
        seen.push(pcm);
        return { values: new Float32Array(399), length: 399, size: 1 };
      },
    });
    const pcm = noise(16000).map((x) => x + 0.1);
    context.push({ samples: pcm, sampleRate: 16000, startSample: 0 });
    await context.context();
    const [window] = seen;
    expect(window).toHaveLength(128000);
    const mean = window!.reduce((sum, x) => sum + x, 0) / 128000;
    expect(mean).toBeCloseTo(0, 4);
    expect(window!.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 128000).toBeCloseTo(1, 3);
    expect(new Set(window!.subarray(0, 112000)).size).toBe(1); // silence, shifted by the mean
    const scale = (window![127999]! - window![127998]!) / (pcm[15999]! - pcm[15998]!);
    expect((window![112001]! - window![112000]!) / (pcm[1]! - pcm[0]!)).toBeCloseTo(scale, 2);
  });

  it('keeps the last frames with their neighbours, clamped at the edges', async () => {
    const encoder: WindowEncoder = {
      extract: meansEncoder.extract,
      contextualise: async ({ length }) => ({
        values: Float32Array.from({ length }, (_, frame) => frame),
        length,
        size: 1,
      }),
    };
    const { values, frames, size } = await new WindowAudioContext(encoder).context();
    expect([frames, size, values.length]).toEqual([33, 1, 165]);
    expect(Array.from(values.subarray(0, 5))).toEqual([165, 166, 167, 168, 169]);
    expect(Array.from(values.subarray(160))).toEqual([197, 198, 199, 199, 199]);
    const whole = await new WindowAudioContext(encoder, { keptFrames: 200 }).context();
    expect(Array.from(whole.values.subarray(0, 10))).toEqual([0, 0, 0, 1, 2, 0, 0, 1, 2, 3]);
  });

  it('does not depend on the chunking, and forgets what fell out', async () => {
    const pcm = noise(200_000, 3);
    const contextOf = async (start: number, step: number) => {
      const context = new WindowAudioContext(meansEncoder);
      for (let at = start; at < pcm.length; at += step)
        context.push({ samples: pcm.slice(at, at + step), sampleRate: 16000, startSample: at });
      return (await context.context()).values;
    };
    const whole = await contextOf(0, pcm.length);
    expect(await contextOf(0, 15360)).toEqual(whole);
    expect(await contextOf(72_000, 333)).toEqual(whole);
    expect(await contextOf(80_000, 333)).not.toEqual(whole);
  });

  it('refuses what cannot be', () => {
    for (const keptFrames of [0, 201, 1.5]) {
      expect(() => new WindowAudioContext(meansEncoder, { keptFrames })).toThrowError(
        expect.objectContaining({ code: 'invalid-option' }),
      );
    }
    const nan = { samples: Float32Array.of(Number.NaN), sampleRate: 16000, startSample: 0 };
    expect(() => new WindowAudioContext(meansEncoder).push(nan)).toThrowError(
      expect.objectContaining({ code: 'audio-not-finite' }),
    );
  });
});
