/** @file shaders/transformer/depth-head.wgsl: the residual-VQ levels of a frame one after another, each sampled. */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import random from '../../shaders/common/random.wgsl?raw';
import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/transformer/depth-head.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';
import type { KernelTuning } from './kernel-tuning';

export const DEPTH_HEAD = describeKernel({
  label: 'motion depth head',
  code: [packedWeights, random, stepState, code].join('\n'),
  bindings: {
    state: 'uniform',
    entry: 'read',
    gateUp: 'read',
    down: 'read',
    out: 'read',
    vectors: 'read',
    table: 'read',
    tokens: 'read-write',
    logits: 'read-write',
  },
});

export type DepthHeadSizes = { levels: number; width: number; ff: number; codes: number; eps: number };

/** Shapes are in the shader's header. */
export type DepthHeadBuffers = KernelBuffers<typeof DEPTH_HEAD>;

/** @returns a function that binds buffers */
export async function createDepthHeadKernel(
  device: GPUDevice,
  { levels, width, ff, codes, eps }: DepthHeadSizes,
  { half, depthThreads }: KernelTuning,
): Promise<(buffers: DepthHeadBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, DEPTH_HEAD, {
    HALF: Number(half),
    THREADS: depthThreads,
    LEVELS: levels,
    WIDTH: width,
    FF: ff,
    CODES: codes,
    EPS: eps,
  });
  return (buffers) => kernel.prepare(buffers, 1);
}
