/** @file shaders/warp/dense-motion.wgsl: shown expressions and head pose to the vertices of face and mouth. */

import camera from '../../shaders/common/camera.wgsl?raw';
import motionState from '../../shaders/common/motion-state.wgsl?raw';
import code from '../../shaders/warp/dense-motion.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';
import { WARP_WORKGROUP_SIZE } from './kernel-tuning';

export const DENSE_MOTION = describeKernel({
  label: 'dense motion',
  code: [camera, motionState, code].join('\n'),
  bindings: { camera: 'uniform', vertices: 'read', entries: 'read', state: 'read', positions: 'read-write' },
});

/** Shapes are in the shader's header. */
export type DenseMotionBuffers = KernelBuffers<typeof DENSE_MOTION>;

/** @param samples of the ring gaps @returns a function that binds buffers */
export async function createDenseMotionKernel(
  device: GPUDevice,
  { vertices, samples }: { vertices: number; samples: number },
): Promise<(buffers: DenseMotionBuffers) => PreparedDispatch> {
  const constants = { VERTICES: vertices, LAST_SAMPLE: samples - 1 };
  const kernel = await ComputeKernel.create(device, DENSE_MOTION, constants);
  return (buffers) => kernel.prepare(buffers, Math.ceil(vertices / WARP_WORKGROUP_SIZE));
}
