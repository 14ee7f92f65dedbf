/** @file shaders/transformer/embedding.wgsl: audio embedding and last frame's tokens to the residual stream. */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import matrixRows from '../../shaders/common/matrix-rows.wgsl?raw';
import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/transformer/embedding.wgsl?raw';
import { ComputeKernel, type PreparedDispatch } from '../gpu/kernel';
import { type KernelTuning, rowWorkgroups } from './kernel-tuning';

export type EmbeddingSizes = { inputs: number; rows: number; levels: number; codes: number };

/** Buffers in the order of the bindings; shapes in the shader's header. */
export type EmbeddingBuffers = {
  state: GPUBuffer;
  audio: GPUBuffer;
  weights: GPUBuffer;
  biasStart: GPUBuffer;
  table: GPUBuffer;
  tokens: GPUBuffer;
  x: GPUBuffer;
};

/** @returns a function that binds buffers */
export async function createEmbeddingKernel(
  device: GPUDevice,
  sizes: EmbeddingSizes,
  tuning: KernelTuning,
): Promise<(buffers: EmbeddingBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, {
    label: 'motion embedding',
    code: [packedWeights, matrixRows, stepState, code].join('\n'),
    bindings: ['uniform', 'read', 'read', 'read', 'read', 'read', 'read-write'],
    constants: {
      HALF: Number(tuning.half),
      LANES: tuning.lanes,
      INPUTS: sizes.inputs,
      ROWS: sizes.rows,
      LEVELS: sizes.levels,
      CODES: sizes.codes,
    },
  });
  return ({ state, audio, weights, biasStart, table, tokens, x }) =>
    kernel.prepare([state, audio, weights, biasStart, table, tokens, x], rowWorkgroups(sizes.rows, tuning));
}
