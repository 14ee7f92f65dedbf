/** @file Kernel: motion frame -> state of the secondary motion (shaders/warp/secondary-motion.wgsl). */
import secondaryMode from '../../shaders/common/secondary-mode.wgsl?raw';
import code from '../../shaders/warp/secondary-motion.wgsl?raw';
import { ComputeKernel } from '../gpu/kernel';

/** f32 a mode in the table of laws: phi (4), lag, direct, limit, unused. */
export const SPRING_STRIDE = 8;
/** f32 a mode of the state, in the order of secondary-mode.wgsl. */
export const SECONDARY_MODE_STRIDE = 6;

/** Bindings: latent now, weights, laws, modes. Dispatch (1, 1, 1). */
export function createSecondaryMotionKernel(device: GPUDevice, sizes: { modes: number }): Promise<ComputeKernel> {
  return ComputeKernel.create(device, {
    label: 'temporal module',
    code: secondaryMode + code,
    bindings: ['read', 'read', 'read', 'read-write'],
    constants: { MODES: sizes.modes },
  });
}
