/** @file shaders/transformer/residual-linear.wgsl: x += W h. */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import matrixRows from '../../shaders/common/matrix-rows.wgsl?raw';
import code from '../../shaders/transformer/residual-linear.wgsl?raw';
import { ComputeKernel, type PreparedDispatch } from '../gpu/kernel';
import { type KernelTuning, rowWorkgroups } from './kernel-tuning';

/** Buffers in the order of the bindings; shapes in the shader's header. */
export type ResidualLinearBuffers = { h: GPUBuffer; weights: GPUBuffer; x: GPUBuffer };

/** @returns a function that binds buffers */
export async function createResidualLinearKernel(
  device: GPUDevice,
  sizes: { inputs: number; rows: number },
  tuning: KernelTuning,
): Promise<(buffers: ResidualLinearBuffers, label: string) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, {
    label: 'motion residual-linear',
    code: [packedWeights, matrixRows, code].join('\n'),
    bindings: ['read', 'read', 'read-write'],
    constants: { HALF: Number(tuning.half), LANES: tuning.lanes, INPUTS: sizes.inputs, ROWS: sizes.rows },
  });
  return ({ h, weights, x }, label) => kernel.prepare([h, weights, x], rowWorkgroups(sizes.rows, tuning), label);
}
