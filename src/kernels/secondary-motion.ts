/** @file shaders/warp/secondary-motion.wgsl: one step of the springs of secondary motion. */

import motionLatent from '../../shaders/common/motion-latent.wgsl?raw';
import secondaryMode from '../../shaders/common/secondary-mode.wgsl?raw';
import code from '../../shaders/warp/secondary-motion.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';

export const SECONDARY_MOTION = describeKernel({
  label: 'secondary motion',
  code: [motionLatent, secondaryMode, code].join('\n'),
  bindings: { latent: 'read', weights: 'read', springs: 'read', modes: 'read-write' },
});

/** Shapes are in the shader's header. */
export type SecondaryMotionBuffers = KernelBuffers<typeof SECONDARY_MOTION>;

/** @param modes at most 64 @returns a function that binds buffers */
export async function createSecondaryMotionKernel(
  device: GPUDevice,
  { modes }: { modes: number },
): Promise<(buffers: SecondaryMotionBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, SECONDARY_MOTION, { MODES: modes });
  return (buffers) => kernel.prepare(buffers, 1);
}
