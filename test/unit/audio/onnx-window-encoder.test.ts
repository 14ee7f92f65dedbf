/** @file ONNX graphs of users: which ones are accepted, and what the refusals say. */

import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadWindowEncoder } from '../../../src/audio/onnx-window-encoder';
import { createWindowEmbedder } from '../../../src/audio/window-audio-context';
import { type AudioEmbedding, EMBEDDING_SIZE } from '../../../src/core/audio-types';
import { loadOnnxRuntime } from '../../../src/weights/onnx-session';
import { nodeOnnxOptions } from '../../fixtures/node-models';
import { type Node, type Value, writeOnnx } from '../../fixtures/onnx-writer';
import { noise } from './signals';

const WINDOW = 2 * 16000;

beforeAll(async () => {
  await loadOnnxRuntime(await nodeOnnxOptions());
});

/** An encoder that measures loudness, made by test/fixtures/window-encoder.py. */
const fixture = async () =>
  new Uint8Array(await readFile(new URL('../../fixtures/window-encoder.onnx', import.meta.url)));

/** A graph with one output of any shape, filled with the mean of the waveform. */
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
  it('runs a suitable graph and finds its inputs and outputs', async () => {
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
    ['embeddings of another size', graphOf([1, 50, 768]), /embeddings: float32\[1, 50, 768\].*linear layer/],
    ['embeddings without frames', graphOf([1, EMBEDDING_SIZE]), /embeddings: float32\[1, 256\]/],
    ['a batch of two', graphOf([2, 50, EMBEDDING_SIZE]), /embeddings of the wrong shape/],
    ['too few frames', graphOf([1, 46, EMBEDDING_SIZE]), /fewer than the 50 frames.*25 frames per second/],
    [
      'an input of another length',
      graphOf([1, 50, EMBEDDING_SIZE], { inputs: [{ name: 'wave', shape: [1, 16000] }] }),
      /wave: float32\[1, 16000\].*\[1, 32000\]/,
    ],
    [
      'an input of another rank',
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
      'two outputs of which none is called embeddings',
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
      /several outputs.*\(a, b\).*"embeddings"/,
    ],
    [
      'an output speech of another length',
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
      /probability of speech for every frame.*speech: float32\[1, 32000\]/,
    ],
    [
      'infinite embeddings of silence',
      graphOf([1, 50, EMBEDDING_SIZE], {
        nodes: [
          { op: 'ReduceMean', inputs: ['wave'], outputs: ['mean'], attributes: [{ name: 'keepdims', int: 0 }] },
          { ...half, inputs: ['mean'], outputs: ['log'] },
          { op: 'Expand', inputs: ['log', 'shape'], outputs: ['embeddings'] },
        ],
      }),
      /not finite/,
    ],
  ])('refuses %s and names the value and the remedy', async (_, graph, message) => {
    await expect(loadWindowEncoder(graph, WINDOW)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(message),
    });
  });

  it('refuses bytes that are not a graph', async () => {
    await expect(loadWindowEncoder(new Uint8Array(100), WINDOW)).rejects.toMatchObject({ code: 'weights-corrupt' });
  });
});

describe('createWindowEmbedder with the graph of a user', () => {
  it('encodes a sound in the frames that contain it', async () => {
    const embedder = createWindowEmbedder(await loadWindowEncoder(await fixture(), 8 * 16000), { lookaheadFrames: 2 });
    const pcm = noise(10 * 16000);
    pcm.fill(0, 0, 9 * 16000); // the last second only
    const all: AudioEmbedding[] = [];
    embedder.push({ samples: pcm, sampleRate: 16000, startSample: 0 });
    embedder.end();
    for (let next = await embedder.next(); next; next = await embedder.next()) all.push(next);
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
