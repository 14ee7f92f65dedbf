/** @file shaders/transformer/norm-linear.wgsl: y = W rmsnorm(x). */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import matrixRows from '../../shaders/common/matrix-rows.wgsl?raw';
import code from '../../shaders/transformer/norm-linear.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';
import { type KernelTuning, rowWorkgroups } from './kernel-tuning';

export const NORM_LINEAR = describeKernel({
  label: 'motion norm-linear',
  code: [packedWeights, matrixRows, code].join('\n'),
  bindings: { x: 'read', gain: 'read', weights: 'read', y: 'read-write' },
});

/** Shapes are in the shader's header. */
export type NormLinearBuffers = KernelBuffers<typeof NORM_LINEAR>;

/** @returns a function that binds buffers */
export async function createNormLinearKernel(
  device: GPUDevice,
  { inputs, rows, eps }: { inputs: number; rows: number; eps: number },
  tuning: KernelTuning,
): Promise<(buffers: NormLinearBuffers, label: string) => PreparedDispatch> {
  const constants = { HALF: Number(tuning.half), LANES: tuning.lanes, INPUTS: inputs, ROWS: rows, EPS: eps };
  const kernel = await ComputeKernel.create(device, NORM_LINEAR, constants);
  return (buffers, label) => kernel.prepare(buffers, rowWorkgroups(rows, tuning), label);
}
