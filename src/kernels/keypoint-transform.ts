/** @file Kernel: two motion latents -> keypoints, head pose, expressions asked for (shaders/warp/keypoint-transform.wgsl). */
import motionState from '../../shaders/common/motion-state.wgsl?raw';
import code from '../../shaders/warp/keypoint-transform.wgsl?raw';
import { ComputeKernel } from '../gpu/kernel';

/** Bindings: frame (mix, talking), pose, latent from, latent to, keypoints_to_expressions, state. Dispatch (1, 1, 1). */
export function createKeypointTransformKernel(
  device: GPUDevice,
  sizes: { expressions: number; blinkRight: number; blinkLeft: number },
): Promise<ComputeKernel> {
  return ComputeKernel.create(device, {
    label: 'keypoint transform',
    code: motionState + code,
    bindings: ['uniform', 'uniform', 'read', 'read', 'read', 'read-write'],
    constants: { EXPRESSIONS: sizes.expressions, BLINK_RIGHT: sizes.blinkRight, BLINK_LEFT: sizes.blinkLeft },
  });
}
