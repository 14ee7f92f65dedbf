/** @file The streaming embedder: the same result for any chunking, the exact look-ahead, and the shipped encoder against PyTorch. */

import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createStreamingEmbedder, loadStreamingEmbedder } from '../../../src/audio/audio-context-cache';
import type { AudioEmbedder } from '../../../src/audio/audio-embedder';
import { parseAudioEncoderConfig } from '../../../src/audio/audio-encoder';
import { ARTICULATION_SIZE, type AudioEmbedding } from '../../../src/core/audio-types';
import {
  createOnnxSessionFromBytes,
  type InferenceSession,
  loadOnnxRuntime,
  type OnnxRuntime,
} from '../../../src/weights/onnx-session';
import { parseSafetensors, toFloat32 } from '../../../src/weights/safetensors';
import { nodeModelLoader, nodeOnnxOptions } from '../../fixtures/node-models';
import { TINY_CONFIG, tinyAudioEncoder } from '../../fixtures/tiny-audio-encoder';
import { chunksOf, concat, largestDifference, noise, sine } from './signals';

/** Largest difference between streaming and offline encoding. */
const TOLERANCE = 1e-4;
const RATES = [8000, 16000, 22050, 44100, 48000, 96000];

let ort: OnnxRuntime;
let tiny: InferenceSession;
beforeAll(async () => {
  ort = await loadOnnxRuntime(await nodeOnnxOptions());
  tiny = await createOnnxSessionFromBytes(ort, 'tiny', tinyAudioEncoder());
});

const tinyEmbedder = (lookaheadFrames = 0) => createStreamingEmbedder(ort, tiny, TINY_CONFIG, lookaheadFrames);

async function drain(embedder: AudioEmbedder): Promise<AudioEmbedding[]> {
  const all: AudioEmbedding[] = [];
  for (let next = await embedder.next(); next; next = await embedder.next()) all.push(next);
  return all;
}

/** Pushes in pieces and collects the embeddings. */
async function stream(
  embedder: AudioEmbedder,
  pcm: Float32Array,
  sampleRate: number,
  sizes: readonly number[],
): Promise<AudioEmbedding[]> {
  const all: AudioEmbedding[] = [];
  for (const [samples, startSample] of chunksOf(pcm, sizes)) {
    embedder.push({ samples, sampleRate, startSample });
    all.push(...(await drain(embedder)));
  }
  embedder.end();
  all.push(...(await drain(embedder)));
  return all;
}

const values = (embeddings: readonly AudioEmbedding[]) => concat(embeddings.map((embedding) => embedding.values));
const speechOf = (embeddings: readonly AudioEmbedding[]) => Float32Array.from(embeddings, ({ speech }) => speech);

const anySizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 100000 })), {
  minLength: 1,
  maxLength: 8,
});

describe('createStreamingEmbedder', () => {
  it('gives the same embeddings for streamed as for whole sound, at any chunking, rate and look-ahead', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...RATES),
        fc.integer({ min: 1, max: 30000 }),
        fc.constantFrom(0, 1, 2),
        anySizes,
        async (rate, length, lookahead, sizes) => {
          const pcm = noise(length, 5);
          const offline = await stream(tinyEmbedder(lookahead), pcm, rate, [length]);
          const streamed = await stream(tinyEmbedder(lookahead), pcm, rate, sizes);
          expect(streamed.map(({ frame }) => frame)).toEqual(
            Array.from({ length: Math.ceil((length * 25) / rate) }, (_, n) => n),
          );
          expect(streamed.map(({ level }) => level)).toEqual(offline.map(({ level }) => level));
          expect(largestDifference(values(streamed), values(offline))).toBeLessThanOrEqual(TOLERANCE);
          expect(largestDifference(speechOf(streamed), speechOf(offline))).toBeLessThanOrEqual(TOLERANCE);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([0, 1, 2])('uses exactly %i frames of look-ahead', async (lookahead) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...RATES), fc.integer({ min: 0, max: 12 }), async (rate, frame) => {
        const pcm = noise(rate * 0.7, 9);
        const first = Math.ceil(((frame + 1 + lookahead) * rate) / 25); // first sample that the frame must not depend on
        const changed = Float32Array.from(pcm, (x, n) => (n >= first ? 0.4 - x : x));
        const [a, b] = [
          await stream(tinyEmbedder(lookahead), pcm, rate, [997]),
          await stream(tinyEmbedder(lookahead), changed, rate, [997]),
        ];
        expect(values(a.slice(0, frame + 1))).toEqual(values(b.slice(0, frame + 1)));
        // The look-ahead is used: the next frame does depend on the change.
        expect(values(a.slice(frame + 1, frame + 2))).not.toEqual(values(b.slice(frame + 1, frame + 2)));
      }),
      { numRuns: 12 },
    );
  });

  it('returns a frame as soon as its last sample and the look-ahead have arrived, and not before', async () => {
    for (const lookahead of [0, 1, 2]) {
      const embedder = tinyEmbedder(lookahead);
      const needed = 640 * (lookahead + 1);
      embedder.push({ samples: new Float32Array(needed - 1), sampleRate: 16000, startSample: 0 });
      expect(await embedder.next()).toBeNull();
      embedder.push({ samples: new Float32Array(1), sampleRate: 16000, startSample: needed - 1 });
      expect((await embedder.next())?.frame).toBe(0);
      expect(await embedder.next()).toBeNull();
    }
  });

  it('replaces lost samples with silence, so that later ones keep their time', async () => {
    const pcm = noise(48000, 2);
    const holed = pcm.slice().fill(0, 10000, 30000);
    const whole = await stream(tinyEmbedder(1), holed, 48000, [48000]);
    const embedder = tinyEmbedder(1);
    embedder.push({ samples: pcm.slice(0, 10000), sampleRate: 48000, startSample: 0 });
    embedder.push({ samples: pcm.slice(30000), sampleRate: 48000, startSample: 30000 });
    embedder.end();
    expect(values(await drain(embedder))).toEqual(values(whole));
  });

  it('starts a stream at any sample and refuses chunks that overlap', async () => {
    const embedder = tinyEmbedder();
    embedder.push({ samples: new Float32Array(640), sampleRate: 16000, startSample: 5000 });
    expect(await drain(embedder)).toHaveLength(1);
    const late = { samples: new Float32Array(640), sampleRate: 16000, startSample: 5001 };
    expect(() => embedder.push(late)).toThrowError(expect.objectContaining({ code: 'audio-corrupt' }));
  });

  it('continues when the sample rate changes', async () => {
    const embedder = tinyEmbedder();
    embedder.push({ samples: sine(4800, 200, 48000), sampleRate: 48000, startSample: 0 });
    embedder.push({ samples: sine(1600, 200, 16000), sampleRate: 16000, startSample: 0 });
    embedder.end();
    const levels = (await drain(embedder)).map(({ level }) => level);
    expect(levels).toHaveLength(5);
    for (const level of levels) expect(Math.abs(level - 20 * Math.log10(0.5 / Math.SQRT2))).toBeLessThan(1);
  });

  it('starts again after a reset, even in the middle of a step, and refuses PCM after the end', async () => {
    const pcm = noise(6400, 4);
    const embedder = tinyEmbedder(2);
    const first = await stream(embedder, pcm, 16000, [1000]);
    expect(() => embedder.push({ samples: pcm, sampleRate: 16000, startSample: 0 })).toThrowError(
      expect.objectContaining({ code: 'closed' }),
    );
    embedder.reset();
    embedder.push({ samples: pcm, sampleRate: 16000, startSample: 0 });
    const running = embedder.next();
    embedder.reset();
    expect(await running).toBeNull();
    expect(values(await stream(embedder, pcm, 16000, [777]))).toEqual(values(first));
  });

  it('returns no frame for an empty stream', async () => {
    const embedder = tinyEmbedder(2);
    embedder.end();
    expect(await embedder.next()).toBeNull();
  });

  it('refuses NaN, infinity and unsupported rates before they reach the encoder', async () => {
    const embedder = tinyEmbedder();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const samples = new Float32Array(640);
      samples[639] = bad;
      expect(() => embedder.push({ samples, sampleRate: 16000, startSample: 0 })).toThrowError(
        expect.objectContaining({ code: 'audio-not-finite' }),
      );
    }
    for (const sampleRate of [0, 4000, 44100.5, 384000, Number.NaN]) {
      expect(() => embedder.push({ samples: new Float32Array(640), sampleRate, startSample: 0 })).toThrowError(
        expect.objectContaining({ code: 'sample-rate' }),
      );
    }
    const good = await stream(embedder, noise(1280), 16000, [640]);
    expect(values(good)).toEqual(values(await stream(tinyEmbedder(), noise(1280), 16000, [640])));
    expect(() => tinyEmbedder(3)).toThrowError(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('the shipped audio encoder', () => {
  it.each([0, 1, 2])('gives the embeddings of PyTorch with %i frames of look-ahead', async (delay) => {
    const bytes = await readFile(new URL('../../goldens/audio-encoder.safetensors', import.meta.url));
    const { tensors } = parseSafetensors(new Uint8Array(bytes).buffer);
    const golden = (name: string) => toFloat32(tensors.get(name)!);
    const embedder = await loadStreamingEmbedder(nodeModelLoader(), delay, await nodeOnnxOptions());
    embedder.push({ samples: golden('pcm'), sampleRate: 16000, startSample: 0 });
    const embeddings = await drain(embedder);
    const size = embeddings[0]!.values.length;
    const expected = golden(`embedding_delay${delay}`).subarray(delay * size); // its rows are steps, ours frames
    expect(embeddings).toHaveLength(expected.length / size);
    expect(largestDifference(values(embeddings), expected)).toBeLessThan(1e-3);
    expect(largestDifference(speechOf(embeddings), golden(`speech_delay${delay}`).subarray(delay))).toBeLessThan(1e-3);
    const articulation = Float32Array.from(embeddings.flatMap((e) => [...e.articulation]));
    expect(articulation).toHaveLength(embeddings.length * ARTICULATION_SIZE);
    const wanted = golden(`articulation_delay${delay}`).subarray(delay * ARTICULATION_SIZE);
    expect(largestDifference(articulation, wanted)).toBeLessThan(1e-3);
    expect(wanted.every((value) => value > 0 && value < 1)).toBe(true);
  });

  it('gives the same embeddings for streamed as for whole sound, and keeps to its look-ahead', async () => {
    const loader = nodeModelLoader();
    const options = await nodeOnnxOptions();
    const embedder = await loadStreamingEmbedder(loader, 2, options);
    const pcm = noise(48000, 8);
    const offline = await stream(embedder, pcm, 48000, [48000]);
    embedder.reset();
    const streamed = await stream(embedder, pcm, 48000, [1, 960, 4097, 20]);
    expect(largestDifference(values(streamed), values(offline))).toBeLessThanOrEqual(TOLERANCE);
    embedder.reset();
    const changed = Float32Array.from(pcm, (x, n) => (n >= (10 + 1 + 2) * 1920 ? -x : x));
    const other = await stream(embedder, changed, 48000, [960]);
    expect(values(other.slice(0, 11))).toEqual(values(offline.slice(0, 11)));
    expect(values(other.slice(11))).not.toEqual(values(offline.slice(11)));
  });

  it('refuses an invalid configuration', () => {
    for (const json of [
      undefined,
      '',
      '{}',
      '[]',
      '{"embeddingSize":256,"lookaheadFrames":2,"states":[{"name":"a","shape":[-1]}]}',
    ]) {
      expect(() => parseAudioEncoderConfig(json)).toThrowError(expect.objectContaining({ code: 'weights-corrupt' }));
    }
  });
});
