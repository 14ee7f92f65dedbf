/** @file shaders/warp/keypoint-transform.wgsl: two motion latents to keypoints, head pose and commanded expressions. */

import motionLatent from '../../shaders/common/motion-latent.wgsl?raw';
import motionState from '../../shaders/common/motion-state.wgsl?raw';
import secondaryMode from '../../shaders/common/secondary-mode.wgsl?raw';
import code from '../../shaders/warp/keypoint-transform.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';

export const KEYPOINT_TRANSFORM = describeKernel({
  label: 'keypoint transform',
  code: [motionLatent, motionState, secondaryMode, code].join('\n'),
  bindings: {
    frame: 'uniform',
    pose: 'uniform',
    latentFrom: 'read',
    latentTo: 'read',
    keypointsToExpressions: 'read',
    secondaryModes: 'read',
    state: 'read-write',
  },
});

/** Shapes are in the shader's header. */
export type KeypointTransformBuffers = KernelBuffers<typeof KEYPOINT_TRANSFORM>;

export type KeypointTransformSizes = {
  expressions: number;
  /** Indices of expressions. */
  blinkRight: number;
  blinkLeft: number;
  secondaryModes: number;
};

/** Step of the int8 fields of secondary motion, whose values range from -2 to 2. */
export const SECONDARY_STEP = 2 / 127;

/** @returns a function that binds buffers */
export async function createKeypointTransformKernel(
  device: GPUDevice,
  { expressions, blinkRight, blinkLeft, secondaryModes }: KeypointTransformSizes,
): Promise<(buffers: KeypointTransformBuffers) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, KEYPOINT_TRANSFORM, {
    EXPRESSIONS: expressions,
    BLINK_RIGHT: blinkRight,
    BLINK_LEFT: blinkLeft,
    SECONDARY_MOTION_MODES: secondaryModes,
    SECONDARY_STEP,
  });
  return (buffers) => kernel.prepare(buffers, 1);
}
