/** @file Kernel: expressions and pose -> vertices of face and mouth (shaders/warp/dense-motion.wgsl). */
import camera from '../../shaders/common/camera.wgsl?raw';
import motionState from '../../shaders/common/motion-state.wgsl?raw';
import code from '../../shaders/warp/dense-motion.wgsl?raw';
import { ComputeKernel } from '../gpu/kernel';

/** 32-bit words a vertex in the kernel's table: rest xyz, gap coord, gap weight, first entry, end of entries, layer. */
export const DENSE_VERTEX_STRIDE = 8;

/** Bindings: camera, vertices, entries, state, positions. Dispatch ceil(vertices / 64). */
export function createDenseMotionKernel(
  device: GPUDevice,
  sizes: { vertices: number; samples: number },
): Promise<ComputeKernel> {
  return ComputeKernel.create(device, {
    label: 'dense motion',
    code: camera + motionState + code,
    bindings: ['uniform', 'read', 'read', 'read', 'read-write'],
    constants: { VERTICES: sizes.vertices, LAST_SAMPLE: sizes.samples - 1 },
  });
}
