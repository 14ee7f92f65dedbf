/** @file shaders/vq/residual-decode.wgsl: tokens to MotionLatent, with smoothing, idle life and the head's turn. */

import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/vq/residual-decode.wgsl?raw';
import { ComputeKernel, type PreparedDispatch } from '../gpu/kernel';

/** Buffers in the order of the bindings; shapes in the shader's header. */
export type ResidualDecodeBuffers = {
  state: GPUBuffer;
  idle: GPUBuffer;
  tokens: GPUBuffer;
  codebooks: GPUBuffer;
  decoder: GPUBuffer;
  lids: GPUBuffer;
  smooth: GPUBuffer;
  latent: GPUBuffer;
};

/** @returns a function that binds buffers */
export async function createResidualDecodeKernel(
  device: GPUDevice,
  sizes: { levels: number; codes: number; codeSize: number },
): Promise<(buffers: ResidualDecodeBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, {
    label: 'motion residual decode',
    code: [stepState, code].join('\n'),
    bindings: ['uniform', 'read', 'read', 'read', 'read', 'read', 'read-write', 'read-write'],
    constants: { LEVELS: sizes.levels, CODES: sizes.codes, CODE_SIZE: sizes.codeSize },
  });
  return ({ state, idle, tokens, codebooks, decoder, lids, smooth, latent }) =>
    kernel.prepare([state, idle, tokens, codebooks, decoder, lids, smooth, latent], 1);
}
