/** @file shaders/vq/residual-decode.wgsl: tokens to MotionLatent, with smoothing, adjustment and the head's rotation. */

import motionLatent from '../../shaders/common/motion-latent.wgsl?raw';
import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/vq/residual-decode.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';

export const RESIDUAL_DECODE = describeKernel({
  label: 'motion residual decode',
  code: [motionLatent, stepState, code].join('\n'),
  bindings: {
    state: 'uniform',
    adjustment: 'read',
    tokens: 'read',
    codebooks: 'read',
    decoder: 'read',
    roles: 'read',
    maps: 'read',
    smoothState: 'read-write',
    latent: 'read-write',
  },
});

/** Shapes are in the shader's header. */
export type ResidualDecodeBuffers = KernelBuffers<typeof RESIDUAL_DECODE>;

export type ResidualDecodeSizes = {
  levels: number;
  codes: number;
  codeSize: number;
  expressions: number;
  /** Gaps of the lips, IOD: the mouth is not amplified up to `closedGap`, and fully from `openGap` on. */
  closedGap: number;
  openGap: number;
};

/** @returns a function that binds buffers */
export async function createResidualDecodeKernel(
  device: GPUDevice,
  { levels, codes, codeSize, expressions, closedGap, openGap }: ResidualDecodeSizes,
): Promise<(buffers: ResidualDecodeBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, RESIDUAL_DECODE, {
    LEVELS: levels,
    CODES: codes,
    CODE_SIZE: codeSize,
    EXPRESSIONS: expressions,
    CLOSED_GAP: closedGap,
    OPEN_GAP: openGap,
  });
  return (buffers) => kernel.prepare(buffers, 1);
}
