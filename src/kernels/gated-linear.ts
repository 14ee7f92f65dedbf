/** @file shaders/transformer/gated-linear.wgsl: y = silu(gate h) * (up h), h = rmsnorm(x). */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import matrixRows from '../../shaders/common/matrix-rows.wgsl?raw';
import code from '../../shaders/transformer/gated-linear.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';
import { type KernelTuning, rowWorkgroups } from './kernel-tuning';

export const GATED_LINEAR = describeKernel({
  label: 'motion gated-linear',
  code: [packedWeights, matrixRows, code].join('\n'),
  bindings: { x: 'read', gain: 'read', weights: 'read', y: 'read-write' },
});

/** Shapes are in the shader's header. */
export type GatedLinearBuffers = KernelBuffers<typeof GATED_LINEAR>;

/** @param rows of y; the matrix has twice as many @returns a function that binds buffers */
export async function createGatedLinearKernel(
  device: GPUDevice,
  { inputs, rows, eps }: { inputs: number; rows: number; eps: number },
  tuning: KernelTuning,
): Promise<(buffers: GatedLinearBuffers, label: string) => PreparedDispatch> {
  const constants = { HALF: Number(tuning.half), LANES: tuning.lanes, INPUTS: inputs, ROWS: rows, EPS: eps };
  const kernel = await ComputeKernel.create(device, GATED_LINEAR, constants);
  return (buffers, label) => kernel.prepare(buffers, rowWorkgroups(rows, tuning), label);
}
