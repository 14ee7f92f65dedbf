/** @file shaders/vq/residual-decode.wgsl: tokens to MotionLatent, with smoothing, adjustment and the head's turn. */

import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/vq/residual-decode.wgsl?raw';
import { ComputeKernel, type PreparedDispatch } from '../gpu/kernel';

/** Buffers in the order of the bindings; shapes in the shader's header. */
export type ResidualDecodeBuffers = {
  state: GPUBuffer;
  adjustment: GPUBuffer;
  tokens: GPUBuffer;
  codebooks: GPUBuffer;
  decoder: GPUBuffer;
  maps: GPUBuffer;
  smooth: GPUBuffer;
  latent: GPUBuffer;
};

export type ResidualDecodeSizes = {
  levels: number;
  codes: number;
  codeSize: number;
  expressions: number;
  /** Gaps of the lips, IOD: closed up to, amplified in full from. */
  closedGap: number;
  openGap: number;
};

/** @returns a function that binds buffers */
export async function createResidualDecodeKernel(
  device: GPUDevice,
  sizes: ResidualDecodeSizes,
): Promise<(buffers: ResidualDecodeBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, {
    label: 'motion residual decode',
    code: [stepState, code].join('\n'),
    bindings: ['uniform', 'read', 'read', 'read', 'read', 'read', 'read-write', 'read-write'],
    constants: {
      LEVELS: sizes.levels,
      CODES: sizes.codes,
      CODE_SIZE: sizes.codeSize,
      EXPRESSIONS: sizes.expressions,
      CLOSED_GAP: sizes.closedGap,
      OPEN_GAP: sizes.openGap,
    },
  });
  return ({ state, adjustment, tokens, codebooks, decoder, maps, smooth, latent }) =>
    kernel.prepare([state, adjustment, tokens, codebooks, decoder, maps, smooth, latent], 1);
}
