/** @file shaders/mouth/lip-profile.wgsl: where the lips are on the screen, for the light in the mouth. */

import camera from '../../shaders/common/camera.wgsl?raw';
import lipProfile from '../../shaders/common/lip-profile.wgsl?raw';
import code from '../../shaders/mouth/lip-profile.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';

export const LIP_PROFILE_KERNEL = describeKernel({
  label: 'lip profile',
  code: [camera, lipProfile, code].join('\n'),
  bindings: { camera: 'uniform', positions: 'read', ring: 'read', profile: 'read-write' },
});

/** Shapes are in the shader's header. */
export type LipProfileBuffers = KernelBuffers<typeof LIP_PROFILE_KERNEL>;

/** @param points of the ring @param firstLower index of the first point after the upper lip @returns a function that binds buffers */
export async function createLipProfileKernel(
  device: GPUDevice,
  { points, firstLower }: { points: number; firstLower: number },
): Promise<(buffers: LipProfileBuffers) => PreparedDispatch> {
  const constants = { RING_POINTS: points, FIRST_LOWER: firstLower };
  const kernel = await ComputeKernel.create(device, LIP_PROFILE_KERNEL, constants);
  return (buffers) => kernel.prepare(buffers, 1);
}
