/** @file Kernel: expressions asked for -> expressions shown and gap corrections (shaders/warp/expression.wgsl). */
import motionState from '../../shaders/common/motion-state.wgsl?raw';
import code from '../../shaders/warp/expression.wgsl?raw';
import { ComputeKernel } from '../gpu/kernel';

/** f32 an expression in the kernel's table: own, headroom, relax mask, relax gain, mode scale, press, tuck, round, aperture, width. */
export const EXPRESSION_STRIDE = 10;

/** Bindings: limits, expressions, gaps, basis, state. Dispatch `expressionWorkgroups`. */
export function createExpressionKernel(
  device: GPUDevice,
  sizes: { expressions: number; samples: number; jawOpen: number; tongueStep: number },
): Promise<ComputeKernel> {
  return ComputeKernel.create(device, {
    label: 'expression',
    code: motionState + code,
    bindings: ['uniform', 'read', 'read', 'read', 'read-write'],
    constants: {
      EXPRESSIONS: sizes.expressions,
      SAMPLES: sizes.samples,
      JAW_OPEN: sizes.jawOpen,
      TONGUE_STEP: sizes.tongueStep,
    },
  });
}

export function expressionWorkgroups(sizes: { expressions: number; samples: number }): number {
  return Math.ceil(Math.max(sizes.expressions, sizes.samples) / 64);
}
