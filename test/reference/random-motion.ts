/** @file Motion models with random weights, small enough for long runs on a software GPU. */

import type { MotionConfig } from '../../src/motion/motion-weights';
import { uniform } from '../../src/core/rng';
import { toHalfBytes, type WritableTensor, writeSafetensors } from '../fixtures/safetensors-writer';

/** Small sizes that are not multiples of a workgroup, and a window that a short run crosses many times. */
export const SMALL_CONFIG: MotionConfig = {
  d: 48,
  layers: 2,
  heads: 3,
  ff: 40,
  window: 7,
  sinks: 2,
  levels: 3,
  codebookSize: 38,
  codeSize: 5,
  depthWidth: 24,
  depthFf: 56,
  embeddingSize: 32,
  ropeBase: 1000,
  eps: 1e-5,
  temperature: 0.7,
  topK: 5,
};

/** Standard normal numbers of a stream (Box and Muller, 1958). */
export function normals(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => {
    const radius = Math.sqrt(-2 * Math.log(uniform(seed, 0, index)));
    return radius * Math.cos(2 * Math.PI * uniform(seed, 1, index));
  });
}

/** A random f16 tensor: the deviation times normal numbers, around the mean. */
export function randomTensor({ shape, deviation, mean = 0 }: Spec, seed: number): WritableTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return {
    dtype: 'F16',
    shape,
    bytes: toHalfBytes(Array.from(normals(count, seed), (value) => mean + deviation * value)),
  };
}

/** An f16 tensor description with normal numbers around `mean`. */
type Spec = { shape: number[]; deviation: number; mean?: number };

function specs(c: MotionConfig): Record<string, Spec> {
  const into = (inputs: number): number => inputs ** -0.5;
  const all: Record<string, Spec> = {
    'audio_in.weight': { shape: [c.d, c.embeddingSize], deviation: into(c.embeddingSize) },
    'audio_in.bias': { shape: [c.d], deviation: 0.1 },
    start: { shape: [c.d], deviation: 0.5 },
    token_embedding: { shape: [c.levels, c.codebookSize, c.d], deviation: 0.5 },
    final_norm: { shape: [c.d], deviation: 0.2, mean: 1 },
    'depth.in': { shape: [c.levels, c.depthWidth, c.d], deviation: into(c.d) },
    'depth.token_embedding': { shape: [c.levels, c.codebookSize, c.depthWidth], deviation: 0.5 },
    'depth.norm': { shape: [c.levels, c.depthWidth], deviation: 0.2, mean: 1 },
    'depth.gate_up': { shape: [c.levels, 2 * c.depthFf, c.depthWidth], deviation: into(c.depthWidth) },
    'depth.down': { shape: [c.levels, c.depthWidth, c.depthFf], deviation: into(c.depthFf) },
    'depth.out_norm': { shape: [c.levels, c.depthWidth], deviation: 0.2, mean: 1 },
    // Logits far apart, so that two correct implementations sample the same greedy tokens for hundreds of frames.
    'depth.out': { shape: [c.levels, c.codebookSize, c.depthWidth], deviation: 4 * into(c.depthWidth) },
    'depth.out_bias': { shape: [c.levels, c.codebookSize], deviation: 0.5 },
    'vq.codebooks': { shape: [c.levels, c.codebookSize, c.codeSize], deviation: 0.5 },
    'vq.mean': { shape: [70], deviation: 0.1 },
    'vq.decode': { shape: [70, c.codeSize], deviation: 0.5 },
    'vq.smoothing': { shape: [70], deviation: 0.1, mean: 0.6 },
  };
  for (let layer = 0; layer < c.layers; layer++) {
    Object.assign(all, {
      [`layers.${layer}.attn_norm`]: { shape: [c.d], deviation: 0.2, mean: 1 },
      [`layers.${layer}.qkv.weight`]: { shape: [3 * c.d, c.d], deviation: 1.5 * into(c.d) },
      [`layers.${layer}.sink_k`]: { shape: [c.sinks, c.d], deviation: 0.5 },
      [`layers.${layer}.sink_v`]: { shape: [c.sinks, c.d], deviation: 0.5 },
      [`layers.${layer}.out.weight`]: { shape: [c.d, c.d], deviation: into(c.d) },
      [`layers.${layer}.mlp_norm`]: { shape: [c.d], deviation: 0.2, mean: 1 },
      [`layers.${layer}.gate_up.weight`]: { shape: [2 * c.ff, c.d], deviation: into(c.d) },
      [`layers.${layer}.down.weight`]: { shape: [c.d, c.ff], deviation: into(c.ff) },
    });
  }
  return all;
}

/** A whole safetensors file of a random motion model. */
export function randomMotionFile(config: MotionConfig, seed: number): ArrayBuffer {
  const tensors = Object.entries(specs(config)).map(([name, spec], index) => [
    name,
    randomTensor(spec, seed + 1000 * index),
  ]);
  return writeSafetensors(Object.fromEntries(tensors), { config: JSON.stringify(config) });
}
