import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AudioContextCache } from '../../../src/audio/audio-context-cache';
import { parseAudioEncoderConfig } from '../../../src/audio/audio-encoder';
import type { AudioEmbedding } from '../../../src/core/audio-types';
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

/** What the issue of streaming against offline asks for. */
const TOLERANCE = 1e-4;
const RATES = [8000, 16000, 22050, 44100, 48000, 96000];

let ort: OnnxRuntime;
let tiny: InferenceSession;
beforeAll(async () => {
  ort = await loadOnnxRuntime(await nodeOnnxOptions());
  tiny = await createOnnxSessionFromBytes(ort, 'tiny', tinyAudioEncoder());
});

const tinyCache = (lookaheadFrames = 0) => AudioContextCache.create(ort, tiny, TINY_CONFIG, { lookaheadFrames });

async function drain(cache: AudioContextCache): Promise<AudioEmbedding[]> {
  const all: AudioEmbedding[] = [];
  for (let next = await cache.next(); next; next = await cache.next()) all.push(next);
  return all;
}

/** Pushes in pieces, taking embeddings as they come. */
async function stream(
  cache: AudioContextCache,
  pcm: Float32Array,
  sampleRate: number,
  sizes: readonly number[],
): Promise<AudioEmbedding[]> {
  const all: AudioEmbedding[] = [];
  for (const [samples, startSample] of chunksOf(pcm, sizes)) {
    cache.push({ samples, sampleRate, startSample });
    all.push(...(await drain(cache)));
  }
  cache.end();
  all.push(...(await drain(cache)));
  return all;
}

const values = (embeddings: readonly AudioEmbedding[]) => concat(embeddings.map((embedding) => embedding.values));
const speechOf = (embeddings: readonly AudioEmbedding[]) => Float32Array.from(embeddings, ({ speech }) => speech);

const anySizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 100000 })), {
  minLength: 1,
  maxLength: 8,
});

describe('AudioContextCache', () => {
  it('streaming equals offline for any chunking, rate and look-ahead', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...RATES),
        fc.integer({ min: 1, max: 30000 }),
        fc.constantFrom(0, 1, 2),
        anySizes,
        async (rate, length, lookahead, sizes) => {
          const pcm = noise(length, 5);
          const offline = await stream(tinyCache(lookahead), pcm, rate, [length]);
          const streamed = await stream(tinyCache(lookahead), pcm, rate, sizes);
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

  it.each([0, 1, 2])('with %i frames of look-ahead, a later change of the sound changes nothing', async (lookahead) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...RATES), fc.integer({ min: 0, max: 12 }), async (rate, frame) => {
        const pcm = noise(rate * 0.7, 9);
        const first = Math.ceil(((frame + 1 + lookahead) * rate) / 25); // first sample that frame must not know
        const changed = Float32Array.from(pcm, (x, n) => (n >= first ? 0.4 - x : x));
        const [a, b] = [
          await stream(tinyCache(lookahead), pcm, rate, [997]),
          await stream(tinyCache(lookahead), changed, rate, [997]),
        ];
        expect(values(a.slice(0, frame + 1))).toEqual(values(b.slice(0, frame + 1)));
        // And the look-ahead is used: the step after knows the change.
        expect(values(a.slice(frame + 1, frame + 2))).not.toEqual(values(b.slice(frame + 1, frame + 2)));
      }),
      { numRuns: 12 },
    );
  });

  it('gives a frame as soon as its last sample and the look-ahead are there, not earlier', async () => {
    for (const lookahead of [0, 1, 2]) {
      const cache = tinyCache(lookahead);
      const needed = 640 * (lookahead + 1);
      cache.push({ samples: new Float32Array(needed - 1), sampleRate: 16000, startSample: 0 });
      expect(await cache.next()).toBeNull();
      cache.push({ samples: new Float32Array(1), sampleRate: 16000, startSample: needed - 1 });
      expect((await cache.next())?.frame).toBe(0);
      expect(await cache.next()).toBeNull();
    }
  });

  it('fills lost samples with silence, so that time stays true', async () => {
    const pcm = noise(48000, 2);
    const holed = pcm.slice().fill(0, 10000, 30000);
    const whole = await stream(tinyCache(1), holed, 48000, [48000]);
    const cache = tinyCache(1);
    cache.push({ samples: pcm.slice(0, 10000), sampleRate: 48000, startSample: 0 });
    cache.push({ samples: pcm.slice(30000), sampleRate: 48000, startSample: 30000 });
    cache.end();
    expect(values(await drain(cache))).toEqual(values(whole));
  });

  it('starts a stream at any sample, and refuses one that runs backwards', async () => {
    const cache = tinyCache();
    cache.push({ samples: new Float32Array(640), sampleRate: 16000, startSample: 5000 });
    expect(await drain(cache)).toHaveLength(1);
    const late = { samples: new Float32Array(640), sampleRate: 16000, startSample: 5001 };
    expect(() => cache.push(late)).toThrowError(expect.objectContaining({ code: 'audio-corrupt' }));
  });

  it('goes on when the rate changes', async () => {
    const cache = tinyCache();
    cache.push({ samples: sine(4800, 200, 48000), sampleRate: 48000, startSample: 0 });
    cache.push({ samples: sine(1600, 200, 16000), sampleRate: 16000, startSample: 0 });
    cache.end();
    const levels = (await drain(cache)).map(({ level }) => level);
    expect(levels).toHaveLength(5);
    for (const level of levels) expect(Math.abs(level - 20 * Math.log10(0.5 / Math.SQRT2))).toBeLessThan(1);
  });

  it('reset begins anew, also in the middle of a step; after the end nothing more is taken', async () => {
    const pcm = noise(6400, 4);
    const cache = tinyCache(2);
    const first = await stream(cache, pcm, 16000, [1000]);
    expect(cache.frames).toBe(10);
    expect(() => cache.push({ samples: pcm, sampleRate: 16000, startSample: 0 })).toThrowError(
      expect.objectContaining({ code: 'closed' }),
    );
    cache.reset();
    cache.push({ samples: pcm, sampleRate: 16000, startSample: 0 });
    const running = cache.next();
    cache.reset();
    expect(await running).toBeNull();
    expect(values(await stream(cache, pcm, 16000, [777]))).toEqual(values(first));
  });

  it('an empty stream has no frames', async () => {
    const cache = tinyCache(2);
    cache.end();
    expect(await cache.next()).toBeNull();
    expect(cache.frames).toBe(0);
  });

  it('refuses NaN, infinity and impossible rates before they reach the state', async () => {
    const cache = tinyCache();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const samples = new Float32Array(640);
      samples[639] = bad;
      expect(() => cache.push({ samples, sampleRate: 16000, startSample: 0 })).toThrowError(
        expect.objectContaining({ code: 'audio-not-finite' }),
      );
    }
    for (const sampleRate of [0, 4000, 44100.5, 384000, Number.NaN]) {
      expect(() => cache.push({ samples: new Float32Array(640), sampleRate, startSample: 0 })).toThrowError(
        expect.objectContaining({ code: 'sample-rate' }),
      );
    }
    const good = await stream(cache, noise(1280), 16000, [640]);
    expect(values(good)).toEqual(values(await stream(tinyCache(), noise(1280), 16000, [640])));
    expect(() => tinyCache(3)).toThrowError(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('the shipped audio encoder', () => {
  it.each([0, 1, 2])('gives the embeddings that PyTorch gave, with %i frames of look-ahead', async (delay) => {
    const bytes = await readFile(new URL('../../goldens/audio-encoder.safetensors', import.meta.url));
    const { tensors } = parseSafetensors(new Uint8Array(bytes).buffer);
    const golden = (name: string) => toFloat32(tensors.get(name)!);
    const cache = await AudioContextCache.load(nodeModelLoader(), { lookaheadFrames: delay }, await nodeOnnxOptions());
    cache.push({ samples: golden('pcm'), sampleRate: 16000, startSample: 0 });
    const embeddings = await drain(cache);
    const size = embeddings[0]!.values.length;
    const expected = golden(`embedding_delay${delay}`).subarray(delay * size); // its rows are steps, ours are frames
    expect(embeddings).toHaveLength(expected.length / size);
    expect(largestDifference(values(embeddings), expected)).toBeLessThan(1e-3);
    expect(largestDifference(speechOf(embeddings), golden(`speech_delay${delay}`).subarray(delay))).toBeLessThan(1e-3);
    const articulation = Float32Array.from(embeddings.flatMap((e) => [...e.articulation]));
    const organs = articulation.length / embeddings.length;
    expect(organs).toBe(6);
    const wanted = golden(`articulation_delay${delay}`).subarray(delay * organs);
    expect(largestDifference(articulation, wanted)).toBeLessThan(1e-3);
    expect(wanted.every((value) => value > 0 && value < 1)).toBe(true);
  });

  it('streams as it encodes offline, and keeps to its look-ahead', async () => {
    const loader = nodeModelLoader();
    const options = await nodeOnnxOptions();
    const cache = await AudioContextCache.load(loader, { lookaheadFrames: 2 }, options);
    const pcm = noise(48000, 8);
    const offline = await stream(cache, pcm, 48000, [48000]);
    cache.reset();
    const streamed = await stream(cache, pcm, 48000, [1, 960, 4097, 20]);
    expect(largestDifference(values(streamed), values(offline))).toBeLessThanOrEqual(TOLERANCE);
    cache.reset();
    const changed = Float32Array.from(pcm, (x, n) => (n >= (10 + 1 + 2) * 1920 ? -x : x));
    const other = await stream(cache, changed, 48000, [960]);
    expect(values(other.slice(0, 11))).toEqual(values(offline.slice(0, 11)));
    expect(values(other.slice(11))).not.toEqual(values(offline.slice(11)));
  });

  it('refuses a configuration that is none', () => {
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
