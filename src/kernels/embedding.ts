/** @file shaders/transformer/embedding.wgsl: audio embedding and the previous frame's tokens to the residual stream. */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import matrixRows from '../../shaders/common/matrix-rows.wgsl?raw';
import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/transformer/embedding.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';
import { type KernelTuning, rowWorkgroups } from './kernel-tuning';

export const EMBEDDING = describeKernel({
  label: 'motion embedding',
  code: [packedWeights, matrixRows, stepState, code].join('\n'),
  bindings: {
    state: 'uniform',
    audio: 'read',
    weights: 'read',
    biasStart: 'read',
    table: 'read',
    tokens: 'read',
    x: 'read-write',
  },
});

export type EmbeddingSizes = { inputs: number; rows: number; levels: number; codes: number };

/** Shapes are in the shader's header. */
export type EmbeddingBuffers = KernelBuffers<typeof EMBEDDING>;

/** @returns a function that binds buffers */
export async function createEmbeddingKernel(
  device: GPUDevice,
  { inputs, rows, levels, codes }: EmbeddingSizes,
  tuning: KernelTuning,
): Promise<(buffers: EmbeddingBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, EMBEDDING, {
    HALF: Number(tuning.half),
    LANES: tuning.lanes,
    INPUTS: inputs,
    ROWS: rows,
    LEVELS: levels,
    CODES: codes,
  });
  return (buffers) => kernel.prepare(buffers, rowWorkgroups(rows, tuning));
}
