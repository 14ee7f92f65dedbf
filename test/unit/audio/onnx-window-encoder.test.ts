import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadWindowEncoder } from '../../../src/audio/onnx-window-encoder';
import { WindowAudioContext } from '../../../src/audio/window-audio-context';
import { type AudioEmbedding, EMBEDDING_SIZE } from '../../../src/core/audio-types';
import { loadOnnxRuntime } from '../../../src/weights/onnx-session';
import { nodeOnnxOptions } from '../../fixtures/node-models';
import { type Node, type Value, writeOnnx } from '../../fixtures/onnx-writer';
import { noise } from './signals';

const WINDOW = 2 * 16000;

beforeAll(async () => {
  await loadOnnxRuntime(await nodeOnnxOptions());
});

/** Hears loudness: test/fixtures/window-encoder.py. */
const fixture = async () =>
  new Uint8Array(await readFile(new URL('../../fixtures/window-encoder.onnx', import.meta.url)));

/** A graph whose one output has any shape: the waveform's mean, spread. */
function graphOf(shape: number[], changes: { inputs?: Value[]; outputs?: Value[]; nodes?: Node[] } = {}): Uint8Array {
  return writeOnnx({
    inputs: [{ name: 'wave', shape: [1, WINDOW] }],
    outputs: [{ name: 'embeddings', shape }],
    initializers: [{ name: 'shape', shape: [shape.length], int64s: shape }],
    nodes: [
      { op: 'ReduceMean', inputs: ['wave'], outputs: ['mean'], attributes: [{ name: 'keepdims', int: 0 }] },
      { op: 'Expand', inputs: ['mean', 'shape'], outputs: ['embeddings'] },
    ],
    ...changes,
  });
}

describe('loadWindowEncoder', () => {
  it('runs a graph that fits, and finds its names', async () => {
    for (const length of [50, 100, 99, 47]) {
      const encode = await loadWindowEncoder(graphOf([1, length, EMBEDDING_SIZE]), WINDOW);
      const { embeddings, speech } = await encode(new Float32Array(WINDOW).fill(0.5));
      expect([embeddings.length, embeddings.size, speech]).toEqual([length, EMBEDDING_SIZE, undefined]);
      expect(embeddings.values.every((value) => Math.abs(value - 0.5) < 1e-3)).toBe(true);
    }
    const { speech } = await (await loadWindowEncoder(await fixture(), WINDOW))(new Float32Array(WINDOW));
    expect([speech?.length, speech?.size]).toEqual([99, 1]);
  });

  const half: Node = { op: 'Log', inputs: ['wave'], outputs: ['embeddings'] };
  it.each<[string, Uint8Array, RegExp]>([
    ['another size', graphOf([1, 50, 768]), /embeddings: float32\[1, 50, 768\].*linear layer/],
    ['no frames', graphOf([1, EMBEDDING_SIZE]), /embeddings: float32\[1, 256\]/],
    ['two voices', graphOf([2, 50, EMBEDDING_SIZE]), /no embeddings of this size/],
    ['too few frames', graphOf([1, 46, EMBEDDING_SIZE]), /fewer than the 50 frames.*25 frames a second/],
    [
      'another length',
      graphOf([1, 50, EMBEDDING_SIZE], { inputs: [{ name: 'wave', shape: [1, 16000] }] }),
      /wave: float32\[1, 16000\].*\[1, 32000\]/,
    ],
    [
      'another rank',
      graphOf([1, 50, EMBEDDING_SIZE], { inputs: [{ name: 'wave', shape: [1, 1, WINDOW] }] }),
      /wave: float32\[1, 1, 32000\]/,
    ],
    [
      'two inputs',
      graphOf([1, 50, EMBEDDING_SIZE], {
        inputs: [
          { name: 'wave', shape: [1, WINDOW] },
          { name: 'mask', shape: [1, WINDOW] },
        ],
      }),
      /one input.*wave, mask/,
    ],
    [
      'two outputs without the name',
      graphOf([1, 50, EMBEDDING_SIZE], {
        nodes: [
          { op: 'Abs', inputs: ['wave'], outputs: ['a'] },
          { op: 'Neg', inputs: ['wave'], outputs: ['b'] },
        ],
        outputs: [
          { name: 'a', shape: [1, WINDOW] },
          { name: 'b', shape: [1, WINDOW] },
        ],
      }),
      /several outputs\. \(a, b\).*"embeddings"/,
    ],
    [
      'speech of another length',
      graphOf([1, 50, EMBEDDING_SIZE], {
        nodes: [
          { op: 'ReduceMean', inputs: ['wave'], outputs: ['mean'], attributes: [{ name: 'keepdims', int: 0 }] },
          { op: 'Expand', inputs: ['mean', 'shape'], outputs: ['embeddings'] },
          { op: 'Abs', inputs: ['wave'], outputs: ['speech'] },
        ],
        outputs: [
          { name: 'embeddings', shape: [1, 50, EMBEDDING_SIZE] },
          { name: 'speech', shape: [1, WINDOW] },
        ],
      }),
      /no speech for every frame.*speech: float32\[1, 32000\]/,
    ],
    [
      'infinity in silence',
      graphOf([1, 50, EMBEDDING_SIZE], {
        nodes: [
          { op: 'ReduceMean', inputs: ['wave'], outputs: ['mean'], attributes: [{ name: 'keepdims', int: 0 }] },
          { ...half, inputs: ['mean'], outputs: ['log'] },
          { op: 'Expand', inputs: ['log', 'shape'], outputs: ['embeddings'] },
        ],
      }),
      /not finite/,
    ],
  ])('refuses %s, with value and remedy', async (_, graph, message) => {
    await expect(loadWindowEncoder(graph, WINDOW)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(message),
    });
  });

  it('refuses what is no graph', async () => {
    await expect(loadWindowEncoder(new Uint8Array(100), WINDOW)).rejects.toMatchObject({ code: 'weights-corrupt' });
  });
});

describe('a user’s encoder in the window', () => {
  it('hears a sound in the very frames where it is', async () => {
    const context = new WindowAudioContext(await loadWindowEncoder(await fixture(), 8 * 16000), { lookaheadFrames: 2 });
    const pcm = noise(10 * 16000);
    pcm.fill(0, 0, 9 * 16000); // the last second only
    const all: AudioEmbedding[] = [];
    context.push({ samples: pcm, sampleRate: 16000, startSample: 0 });
    context.end();
    for (let next = await context.next(); next; next = await context.next()) all.push(next);
    expect(all).toHaveLength(250);
    const silent = all[0]!.values;
    const distance = ({ values }: AudioEmbedding) => Math.hypot(...values.map((value, i) => value - silent[i]!));
    for (const embedding of all.slice(0, 224)) expect(distance(embedding)).toBeLessThan(0.01);
    for (const embedding of all.slice(226, 249)) {
      expect(distance(embedding)).toBeGreaterThan(1);
      expect(embedding.speech).toBeGreaterThan(0.8);
    }
  });
});
