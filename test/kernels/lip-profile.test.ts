/** @file The kernel lip-profile.wgsl against the reference, on lips of a drawn shape. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createStorageBuffer, uploadStorage, uploadUniform } from '../../src/gpu/buffers';
import { StructArray } from '../../src/gpu/struct-layout';
import { createLipProfileKernel } from '../../src/kernels/lip-profile';
import { CAMERA, LIP_PROFILE } from '../../src/kernels/struct-layouts';
import { dispatch, readFloats, testDevice } from '../fixtures/gpu-device';
import { type LipProfile, lipProfile } from '../../src/renderer/cpu/frame-steps';

const SCALE_PX = 60;
const SIDE_PX = 200;
/** Points of the upper lip with both corners, and of the lower lip without them. */
const [UPPER, LOWER] = [11, 8];
const TOLERANCE = 1e-5;

type Place = readonly [x: number, y: number];

/** A closed ring, IOD on the screen: corners at (-.3, .02) and (.34, -.01). */
function lips(opening: number): Place[] {
  const at = (part: number, bow: number): Place => [
    -0.3 + 0.64 * part,
    0.02 - 0.03 * part + bow * Math.sin(Math.PI * part),
  ];
  const upper = Array.from({ length: UPPER }, (_, k) => at(k / (UPPER - 1), -0.4 * opening));
  const lower = Array.from({ length: LOWER }, (_, k) => at(1 - (k + 1) / (LOWER + 1), 0.6 * opening));
  return [...upper, ...lower, upper[0]!];
}

let device: GPUDevice;

beforeAll(async () => {
  ({ device } = await testDevice());
});

async function run(ring: Place[], mirror: boolean): Promise<LipProfile> {
  const toClip = [(mirror ? -2 : 2) / SIDE_PX, -2 / SIDE_PX, 0, 0];
  const camera = new StructArray(CAMERA);
  camera.set(0, {
    poseScale: SCALE_PX,
    depthBias: 0,
    translation: [0, 0],
    toClip,
    photoSize: [SIDE_PX, SIDE_PX],
    photoLevel: 0,
    pixel: 0,
  });
  // Vertices in reverse order, so that the ring has to be looked up.
  const open = ring.slice(0, -1);
  const positions = new Float32Array(4 * open.length);
  open.forEach(([x, y], k) =>
    positions.set([x * SCALE_PX * toClip[0]!, y * SCALE_PX * toClip[1]!, 0.5, 0], 4 * (open.length - 1 - k)),
  );
  const indices = Uint32Array.from(ring, (_, k) => open.length - 1 - (k % open.length));
  const profile = createStorageBuffer(device, 'profile', 4 * LIP_PROFILE.size);
  const bind = await createLipProfileKernel(device, { points: ring.length, firstLower: UPPER });
  dispatch(
    device,
    bind({
      camera: uploadUniform(device, 'camera', camera.data),
      positions: uploadStorage(device, 'positions', positions),
      ring: uploadStorage(device, 'ring', indices),
      profile,
    }),
  );
  const found = await readFloats(device, profile);
  const { left, inverseWidth, opening, columns } = LIP_PROFILE.fields;
  return {
    left: found[left.offset]!,
    width: 1 / found[inverseWidth.offset]!,
    opening: found[opening.offset]!,
    columns: Array.from({ length: 32 }, (_, k) => [found[columns.offset + 2 * k]!, found[columns.offset + 2 * k + 1]!]),
  };
}

describe('lip profile', () => {
  it.each([
    ['open lips', 0.3, false],
    ['open lips in a mirrored picture', 0.3, true],
    ['closed lips', 0, false],
  ])('agrees with the reference on %s', async (_, opening, mirror) => {
    const ring = lips(opening);
    const [found, expected] = [await run(ring, mirror), lipProfile(ring, UPPER)];
    expect(Math.abs(found.left - expected.left)).toBeLessThan(TOLERANCE);
    expect(Math.abs(found.width - expected.width)).toBeLessThan(TOLERANCE);
    expect(Math.abs(found.opening - expected.opening)).toBeLessThan(TOLERANCE);
    expect(expected.opening).toBeCloseTo(opening, 1);
    found.columns.forEach(([upper, lower], k) => {
      expect(Math.abs(upper - expected.columns[k]![0]), `upper lip, column ${k}`).toBeLessThan(TOLERANCE);
      expect(Math.abs(lower - expected.columns[k]![1]), `lower lip, column ${k}`).toBeLessThan(TOLERANCE);
    });
  });
});
