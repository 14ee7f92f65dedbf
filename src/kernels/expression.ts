/** @file shaders/warp/expression.wgsl: commanded expressions to shown expressions and corrections of the ring gaps. */

import motionState from '../../shaders/common/motion-state.wgsl?raw';
import code from '../../shaders/warp/expression.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';
import { WARP_WORKGROUP_SIZE } from './kernel-tuning';

export const EXPRESSION_KERNEL = describeKernel({
  label: 'expression',
  code: [motionState, code].join('\n'),
  bindings: { limits: 'uniform', expressions: 'read', gaps: 'read', basis: 'read', state: 'read-write' },
});

/** Shapes are in the shader's header. */
export type ExpressionBuffers = KernelBuffers<typeof EXPRESSION_KERNEL>;

export type ExpressionSizes = {
  expressions: number;
  /** Samples of the ring gaps. */
  samples: number;
  /** Index of the expression. */
  jawOpen: number;
  /** Step of the int8 modes of the tongue, IOD. */
  tongueStep: number;
};

/** @returns a function that binds buffers */
export async function createExpressionKernel(
  device: GPUDevice,
  { expressions, samples, jawOpen, tongueStep }: ExpressionSizes,
): Promise<(buffers: ExpressionBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, EXPRESSION_KERNEL, {
    EXPRESSIONS: expressions,
    SAMPLES: samples,
    JAW_OPEN: jawOpen,
    TONGUE_STEP: tongueStep,
  });
  return (buffers) => kernel.prepare(buffers, Math.ceil(Math.max(expressions, samples) / WARP_WORKGROUP_SIZE));
}
