/** @file Kernel: where the lips are on the screen, for the light in the mouth (shaders/mouth/lip-profile.wgsl). */
import camera from '../../shaders/common/camera.wgsl?raw';
import code from '../../shaders/mouth/lip-profile.wgsl?raw';
import { ComputeKernel } from '../gpu/kernel';

/** vec2f[2 + 32]. */
export const LIP_PROFILE_BYTES = 8 * 34;
/** Every second point of the lip ring is enough for light. */
const RING_STEP = 2;

/** Bindings: camera, positions, ring, profile. Dispatch (1, 1, 1). */
export function createLipProfileKernel(
  device: GPUDevice,
  sizes: { points: number; firstLower: number },
): Promise<ComputeKernel> {
  return ComputeKernel.create(device, {
    label: 'lip profile',
    code: camera + code,
    bindings: ['uniform', 'read', 'read', 'read-write'],
    constants: { RING_POINTS: sizes.points, FIRST_LOWER: sizes.firstLower },
  });
}

/**
 * The lip ring with fewer points, closed (the first one again at the end).
 *
 * @param ring mesh vertices: upper lip from left to right, lower lip back, without the corners
 * @param upperCount points of the upper lip, both corners included
 */
export function thinLipRing(
  ring: Uint32Array,
  upperCount: number,
): { points: Uint32Array<ArrayBuffer>; firstLower: number } {
  const thin = (points: Uint32Array): number[] =>
    [...points].filter((_, k) => k % RING_STEP === 0 || k === points.length - 1);
  const upper = thin(ring.subarray(0, upperCount));
  return {
    points: Uint32Array.from([...upper, ...thin(ring.subarray(upperCount)), upper[0]!]),
    firstLower: upper.length,
  };
}
