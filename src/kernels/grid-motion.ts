/** @file shaders/warp/grid-motion.wgsl: change of expressions and head pose to the vertices of the photo layer. */

import camera from '../../shaders/common/camera.wgsl?raw';
import motionState from '../../shaders/common/motion-state.wgsl?raw';
import code from '../../shaders/warp/grid-motion.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';
import { WARP_WORKGROUP_SIZE } from './kernel-tuning';

export const GRID_MOTION = describeKernel({
  label: 'grid motion',
  code: [camera, motionState, code].join('\n'),
  bindings: { camera: 'uniform', vertices: 'read', entries: 'read', state: 'read', positions: 'read-write' },
});

/** Shapes are in the shader's header. */
export type GridMotionBuffers = KernelBuffers<typeof GRID_MOTION>;

/** @param moving number of vertices that can move @returns a function that binds buffers */
export async function createGridMotionKernel(
  device: GPUDevice,
  { moving }: { moving: number },
): Promise<(buffers: GridMotionBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, GRID_MOTION, { MOVING_VERTICES: moving });
  return (buffers) => kernel.prepare(buffers, Math.ceil(moving / WARP_WORKGROUP_SIZE));
}
