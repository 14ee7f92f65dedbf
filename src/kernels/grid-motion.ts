/** @file Kernel: expressions and pose -> vertices of the photo layer (shaders/warp/grid-motion.wgsl). */
import camera from '../../shaders/common/camera.wgsl?raw';
import motionState from '../../shaders/common/motion-state.wgsl?raw';
import code from '../../shaders/warp/grid-motion.wgsl?raw';
import { ComputeKernel } from '../gpu/kernel';

/** 32-bit words a vertex in the kernel's table: canonical xyz, rigid, rest px xy, first entry, end of entries. */
export const GRID_VERTEX_STRIDE = 8;

/** Bindings: camera, vertices, entries, state, positions. Dispatch ceil(moving / 64). */
export function createGridMotionKernel(device: GPUDevice, sizes: { moving: number }): Promise<ComputeKernel> {
  return ComputeKernel.create(device, {
    label: 'grid motion',
    code: camera + motionState + code,
    bindings: ['uniform', 'read', 'read', 'read', 'read-write'],
    constants: { MOVING_VERTICES: sizes.moving },
  });
}
