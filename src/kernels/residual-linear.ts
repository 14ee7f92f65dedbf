/** @file shaders/transformer/residual-linear.wgsl: x += W h. */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import matrixRows from '../../shaders/common/matrix-rows.wgsl?raw';
import code from '../../shaders/transformer/residual-linear.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';
import { type KernelTuning, rowWorkgroups } from './kernel-tuning';

export const RESIDUAL_LINEAR = describeKernel({
  label: 'motion residual-linear',
  code: [packedWeights, matrixRows, code].join('\n'),
  bindings: { h: 'read', weights: 'read', x: 'read-write' },
});

/** Shapes are in the shader's header. */
export type ResidualLinearBuffers = KernelBuffers<typeof RESIDUAL_LINEAR>;

/** @returns a function that binds buffers */
export async function createResidualLinearKernel(
  device: GPUDevice,
  { inputs, rows }: { inputs: number; rows: number },
  tuning: KernelTuning,
): Promise<(buffers: ResidualLinearBuffers, label: string) => PreparedDispatch> {
  const constants = { HALF: Number(tuning.half), LANES: tuning.lanes, INPUTS: inputs, ROWS: rows };
  const kernel = await ComputeKernel.create(device, RESIDUAL_LINEAR, constants);
  return (buffers, label) => kernel.prepare(buffers, rowWorkgroups(rows, tuning), label);
}
