/** @file shaders/transformer/norm-linear.wgsl: y = W rmsnorm(x). */

import packedWeights from '../../shaders/common/packed-weights.wgsl?raw';
import matrixRows from '../../shaders/common/matrix-rows.wgsl?raw';
import code from '../../shaders/transformer/norm-linear.wgsl?raw';
import { ComputeKernel, type PreparedDispatch } from '../gpu/kernel';
import { type KernelTuning, rowWorkgroups } from './kernel-tuning';

/** Buffers in the order of the bindings; shapes in the shader's header. */
export type NormLinearBuffers = { x: GPUBuffer; gain: GPUBuffer; weights: GPUBuffer; y: GPUBuffer };

/** @returns a function that binds buffers */
export async function createNormLinearKernel(
  device: GPUDevice,
  sizes: { inputs: number; rows: number; eps: number },
  tuning: KernelTuning,
): Promise<(buffers: NormLinearBuffers, label: string) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, {
    label: 'motion norm-linear',
    code: [packedWeights, matrixRows, code].join('\n'),
    bindings: ['read', 'read', 'read', 'read-write'],
    constants: {
      HALF: Number(tuning.half),
      LANES: tuning.lanes,
      INPUTS: sizes.inputs,
      ROWS: sizes.rows,
      EPS: sizes.eps,
    },
  });
  return ({ x, gain, weights, y }, label) =>
    kernel.prepare([x, gain, weights, y], rowWorkgroups(sizes.rows, tuning), label);
}
