/** @file The window embedder for encoders of users: windows, kept frames, speech, silence. */

import { describe, expect, it } from 'vitest';
import type { AudioEmbedder } from '../../../src/audio/audio-embedder';
import { resampleFeatures } from '../../../src/audio/feature-sequence';
import {
  createWindowEmbedder,
  type WindowAudioContextOptions,
  type WindowEncoder,
} from '../../../src/audio/window-audio-context';
import { type AudioEmbedding, EMBEDDING_SIZE } from '../../../src/core/audio-types';
import { noise } from './signals';

/** The first number is the mean of every 320 samples, so 50 features per second; the others are 0. */
const meansEncoder: WindowEncoder = async (pcm) => {
  const length = Math.floor(pcm.length / 320);
  const values = new Float32Array(length * EMBEDDING_SIZE);
  for (let i = 0; i < length; i++)
    values[i * EMBEDDING_SIZE] = pcm.subarray(i * 320, (i + 1) * 320).reduce((sum, x) => sum + x / 320, 0);
  return { embeddings: { values, length, size: EMBEDDING_SIZE } };
};

/** The first number is the index of the frame in its window of `frames`. */
const placesEncoder =
  (windows: Float32Array[], frames = 200): WindowEncoder =>
  async (pcm) => {
    windows.push(pcm);
    const values = new Float32Array(frames * EMBEDDING_SIZE);
    for (let i = 0; i < frames; i++) values[i * EMBEDDING_SIZE] = i;
    return { embeddings: { values, length: frames, size: EMBEDDING_SIZE } };
  };

const embedderOf = (encode: WindowEncoder, options: Partial<WindowAudioContextOptions> = {}) =>
  createWindowEmbedder(encode, { lookaheadFrames: 0, ...options });

async function drain(embedder: AudioEmbedder): Promise<AudioEmbedding[]> {
  const all: AudioEmbedding[] = [];
  for (let next = await embedder.next(); next; next = await embedder.next()) all.push(next);
  return all;
}

const firsts = (embeddings: readonly AudioEmbedding[]) => embeddings.map(({ values }) => values[0]!);

describe('resampleFeatures', () => {
  it('interpolates and keeps the first and the last vector', () => {
    const ramp = { values: Float32Array.of(0, 10, 1, 20, 2, 30, 3, 40), length: 4, size: 2 };
    expect(Array.from(resampleFeatures(ramp, 7).values)).toEqual([
      0, 10, 0.5, 15, 1, 20, 1.5, 25, 2, 30, 2.5, 35, 3, 40,
    ]);
    expect(Array.from(resampleFeatures(ramp, 2).values)).toEqual([0, 10, 3, 40]);
    expect(Array.from(resampleFeatures(ramp, 1).values)).toEqual([0, 10]);
  });
});

describe('createWindowEmbedder', () => {
  it('gives the encoder 8 s of zero mean and unit variance, with silence before the start', async () => {
    const windows: Float32Array[] = [];
    const embedder = embedderOf(placesEncoder(windows));
    const pcm = noise(16000).map((x) => x + 0.1);
    embedder.push({ samples: pcm, sampleRate: 16000, startSample: 0 });
    expect(await drain(embedder)).toHaveLength(25);
    const [window] = windows;
    expect(window).toHaveLength(128000);
    const mean = window!.reduce((sum, x) => sum + x, 0) / 128000;
    expect(mean).toBeCloseTo(0, 4);
    expect(window!.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 128000).toBeCloseTo(1, 3);
    expect(new Set(window!.subarray(0, 112000)).size).toBe(1); // silence, shifted by the mean
    const scale = (window![127999]! - window![127998]!) / (pcm[15999]! - pcm[15998]!);
    expect((window![112001]! - window![112000]!) / (pcm[1]! - pcm[0]!)).toBeCloseTo(scale, 2);
  });

  it('gives the encoder the samples unchanged if normalisation is off', async () => {
    const windows: Float32Array[] = [];
    const embedder = embedderOf(placesEncoder(windows), { normalise: false });
    const pcm = noise(6400);
    embedder.push({ samples: pcm, sampleRate: 16000, startSample: 0 });
    await drain(embedder);
    expect(windows[0]!.subarray(-6400)).toEqual(pcm);
  });

  it('keeps the last frames of every encoding before the look-ahead, 33 of a file at most', async () => {
    for (const lookaheadFrames of [0, 1, 2]) {
      const windows: Float32Array[] = [];
      const embedder = embedderOf(placesEncoder(windows), { lookaheadFrames });
      embedder.push({ samples: noise(80 * 640), sampleRate: 16000, startSample: 0 });
      embedder.end();
      const embeddings = await drain(embedder);
      expect(embeddings.map(({ frame }) => frame)).toEqual(Array.from({ length: 80 }, (_, n) => n));
      expect(windows).toHaveLength(3);
      const last = 200 - lookaheadFrames;
      const kept = (count: number) => Array.from({ length: count }, (_, k) => last - count + k);
      expect(firsts(embeddings)).toEqual([...kept(33), ...kept(33), ...kept(14)]);
    }
  });

  it('encodes 8 s for every frame of a live voice', async () => {
    const windows: Float32Array[] = [];
    const embedder = embedderOf(placesEncoder(windows), { lookaheadFrames: 1 });
    const samples = noise(640);
    for (let n = 0; n < 300; n++) {
      embedder.push({ samples, sampleRate: 16000, startSample: n * 640 });
      const embeddings = await drain(embedder);
      expect(firsts(embeddings)).toEqual(n === 0 ? [] : [198]);
    }
    expect(windows).toHaveLength(299);
    expect(new Set(windows.map(({ length }) => length))).toEqual(new Set([128000]));
  });

  it('does not depend on the chunking if the encoder has no context, nor on sound older than the window', async () => {
    const pcm = noise(204_800, 3);
    const run = async (start: number, step: number, options: Partial<WindowAudioContextOptions> = {}) => {
      const embedder = embedderOf(meansEncoder, { normalise: false, lookaheadFrames: 2, ...options });
      const all: AudioEmbedding[] = [];
      for (let at = start; at < pcm.length; at += step) {
        embedder.push({ samples: pcm.slice(at, at + step), sampleRate: 16000, startSample: at });
        all.push(...(await drain(embedder)));
      }
      embedder.end();
      return firsts([...all, ...(await drain(embedder))]);
    };
    const whole = await run(0, pcm.length);
    expect(whole).toHaveLength(320);
    // The place of a frame between the features depends on its place in the window, by half a feature at most.
    const means = Array.from(
      { length: 320 },
      (_, n) => pcm.subarray(n * 640, (n + 1) * 640).reduce((a, b) => a + b) / 640,
    );
    const correlation = (a: number[], b: number[]) =>
      a.reduce((sum, x, i) => sum + x * b[i]!, 0) /
      Math.sqrt(a.reduce((s, x) => s + x * x, 0) * b.reduce((s, x) => s + x * x, 0));
    expect(correlation(whole, means)).toBeGreaterThan(0.6);
    const shifted = (by: number) => [...means.slice(by), ...means.slice(0, by)];
    expect(Math.abs(correlation(whole, shifted(1)))).toBeLessThan(0.3);
    expect(Math.abs(correlation(whole, shifted(319)))).toBeLessThan(0.3);

    // With normalisation, sound before the window changes nothing and sound within it does.
    const normal = await run(0, 5120, { normalise: true });
    expect((await run(204_800 - 130_560, 5120, { normalise: true })).slice(-1)).toEqual(normal.slice(-1));
    expect((await run(204_800 - 120_320, 5120, { normalise: true })).slice(-1)).not.toEqual(normal.slice(-1));
  });

  it('takes the probability of speech from the encoder, or else from the level', async () => {
    const loud = { samples: noise(6400), sampleRate: 16000, startSample: 0 };
    const quiet = { samples: noise(6400).map((x) => x * 1e-3), sampleRate: 16000, startSample: 6400 };
    const speech = async (encode: WindowEncoder) => {
      const embedder = embedderOf(encode);
      embedder.push(loud);
      embedder.push(quiet);
      return (await drain(embedder)).map((embedding) => embedding.speech);
    };
    expect(await speech(meansEncoder)).toEqual([...Array(10).fill(1), ...Array(10).fill(0)]);
    const withSpeech: WindowEncoder = async (pcm) => ({
      ...(await meansEncoder(pcm)),
      speech: { values: Float32Array.of(0.25, 0.25), length: 2, size: 1 },
    });
    expect(await speech(withSpeech)).toEqual(Array(20).fill(0.25));
  });

  it('encodes silence only once', async () => {
    const windows: Float32Array[] = [];
    const embedder = embedderOf(placesEncoder(windows));
    for (let n = 0; n < 20; n++) {
      embedder.push({ samples: new Float32Array(640), sampleRate: 16000, startSample: n * 640 });
      expect(firsts(await drain(embedder))).toEqual([199]);
    }
    embedder.reset();
    embedder.push({ samples: new Float32Array(640), sampleRate: 16000, startSample: 0 });
    expect((await drain(embedder)).map(({ frame }) => frame)).toEqual([0]);
    expect(windows).toHaveLength(1);
  });

  it('starts again after a reset, even in the middle of an encoding', async () => {
    const pcm = { samples: noise(6400), sampleRate: 16000, startSample: 0 };
    const embedder = embedderOf(meansEncoder);
    embedder.push(pcm);
    const first = firsts(await drain(embedder));
    embedder.push({ ...pcm, startSample: 6400 });
    const running = embedder.next();
    embedder.reset();
    expect(await running).toBeNull();
    embedder.push(pcm);
    expect(firsts(await drain(embedder))).toEqual(first);
  });

  it('refuses a number of kept frames that does not fit, and PCM that is not finite', () => {
    for (const keptFrames of [0, 199, 1.5]) {
      expect(() => embedderOf(meansEncoder, { lookaheadFrames: 2, keptFrames })).toThrowError(
        expect.objectContaining({ code: 'invalid-option' }),
      );
    }
    const nan = { samples: Float32Array.of(Number.NaN), sampleRate: 16000, startSample: 0 };
    expect(() => embedderOf(meansEncoder).push(nan)).toThrowError(
      expect.objectContaining({ code: 'audio-not-finite' }),
    );
  });
});
