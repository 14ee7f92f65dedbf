/** @file shaders/transformer/depth-head.wgsl: the levels of a frame one after another, each sampled. */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import random from '../../shaders/common/random.wgsl?raw';
import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/transformer/depth-head.wgsl?raw';
import { ComputeKernel, type PreparedDispatch } from '../gpu/kernel';
import type { KernelTuning } from './kernel-tuning';

export type DepthHeadSizes = { levels: number; width: number; ff: number; codes: number; eps: number };

/** Buffers in the order of the bindings; shapes in the shader's header. */
export type DepthHeadBuffers = {
  state: GPUBuffer;
  entry: GPUBuffer;
  gateUp: GPUBuffer;
  down: GPUBuffer;
  out: GPUBuffer;
  vectors: GPUBuffer;
  table: GPUBuffer;
  tokens: GPUBuffer;
  logits: GPUBuffer;
};

/** @returns a function that binds buffers */
export async function createDepthHeadKernel(
  device: GPUDevice,
  sizes: DepthHeadSizes,
  tuning: KernelTuning,
): Promise<(buffers: DepthHeadBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, {
    label: 'motion depth head',
    code: [packedWeights, random, stepState, code].join('\n'),
    bindings: ['uniform', 'read', 'read', 'read', 'read', 'read', 'read', 'read-write', 'read-write'],
    constants: {
      HALF: Number(tuning.half),
      THREADS: tuning.depthThreads,
      LEVELS: sizes.levels,
      WIDTH: sizes.width,
      FF: sizes.ff,
      CODES: sizes.codes,
      EPS: sizes.eps,
    },
  });
  return ({ state, entry, gateUp, down, out, vectors, table, tokens, logits }) =>
    kernel.prepare([state, entry, gateUp, down, out, vectors, table, tokens, logits], 1);
}
