/** @file Kernel: two motion latents -> keypoints, head pose, expressions asked for (shaders/warp/keypoint-transform.wgsl). */
import motionState from '../../shaders/common/motion-state.wgsl?raw';
import secondaryMode from '../../shaders/common/secondary-mode.wgsl?raw';
import code from '../../shaders/warp/keypoint-transform.wgsl?raw';
import { ComputeKernel } from '../gpu/kernel';

/** Of the int8 fields of secondary motion, whose values reach from -2 to 2. */
export const SECONDARY_STEP = 2 / 127;

/**
 * Bindings: frame (mix, talking, secondary, articulation), pose, latent from, latent to, keypoints_to_expressions, secondary modes, state.
 * Dispatch (1, 1, 1).
 */
export function createKeypointTransformKernel(
  device: GPUDevice,
  sizes: { expressions: number; blinkRight: number; blinkLeft: number; secondaryModes: number },
): Promise<ComputeKernel> {
  return ComputeKernel.create(device, {
    label: 'keypoint transform',
    code: motionState + secondaryMode + code,
    bindings: ['uniform', 'uniform', 'read', 'read', 'read', 'read', 'read-write'],
    constants: {
      EXPRESSIONS: sizes.expressions,
      BLINK_RIGHT: sizes.blinkRight,
      BLINK_LEFT: sizes.blinkLeft,
      SECONDARY_MOTION_MODES: sizes.secondaryModes,
      SECONDARY_STEP,
    },
  });
}
