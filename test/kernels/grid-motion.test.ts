/** @file The kernel grid-motion.wgsl against its formula, with random vertices and modes. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createStorageBuffer, uploadStorage, uploadUniform } from '../../src/gpu/buffers';
import { StructArray } from '../../src/gpu/struct-layout';
import { createGridMotionKernel } from '../../src/kernels/grid-motion';
import { MOTION_STATE, motionStateSize } from '../../src/kernels/motion-state';
import { CAMERA, GRID_VERTEX } from '../../src/kernels/struct-layouts';
import { dispatch, readFloats, testDevice } from '../fixtures/gpu-device';
import { headMotion, placeInPhoto, times } from '../../src/renderer/cpu/frame-steps';
import { uniforms } from '../reference/random-numbers';

const VERTICES = 80;
/** Vertices after those that move; the kernel must not write them. */
const RESTING = 5;
const MODES = 6;
const ENTRIES_A_VERTEX = 2;
const SIDE_PX = 128;
const TOLERANCE = 1e-5;
/** f16 of 1: the kernel's entries hold halves. */
const HALF_ONE = 0x3c00;

const POSE = {
  rotation: new Float32Array([0, 1, 0, -1, 0, 0, 0, 0, 1]),
  scale: 40,
  translation: [60, 70] as [number, number],
};
const TO_CLIP = [2 / SIDE_PX, -2 / SIDE_PX, -1, 1];

let device: GPUDevice;

beforeAll(async () => {
  ({ device } = await testDevice());
});

describe('grid motion', () => {
  it('moves vertices with the head and the modes, and leaves the others alone', async () => {
    const latent = new Float32Array(70);
    latent.set([-5, 9, 3, -0.1, 0.2, 0, 0.97], 63);
    const head = headMotion(latent, POSE);
    const changes = uniforms(MODES, 1, -0.05, 0.05);
    const state = new Float32Array(motionStateSize(0));
    state.set(changes, MOTION_STATE.change);
    state.set(head.rotation, MOTION_STATE.head);
    state[MOTION_STATE.headScale] = head.scale;
    state.set(head.shift, MOTION_STATE.headShift);

    const canonical = uniforms(3 * VERTICES, 2);
    const rigid = uniforms(VERTICES, 3, 0, 1);
    const rest = uniforms(2 * VERTICES, 4, 0, SIDE_PX);
    const vertices = new StructArray(GRID_VERTEX, VERTICES);
    const entries: number[] = [];
    for (let v = 0; v < VERTICES; v++) {
      // Mode v along x with 1 IOD, mode v + 1 along y with -1 IOD.
      entries.push(v % MODES, HALF_ONE, (v + 1) % MODES, (HALF_ONE | 0x8000) * 0x10000);
      vertices.set(v, {
        canonical: canonical.subarray(3 * v, 3 * v + 3),
        rigid: rigid[v]!,
        rest: rest.subarray(2 * v, 2 * v + 2),
        first: ENTRIES_A_VERTEX * v,
        end: ENTRIES_A_VERTEX * (v + 1),
      });
    }
    const camera = new StructArray(CAMERA);
    camera.set(0, {
      poseScale: POSE.scale,
      depthBias: 0,
      translation: POSE.translation,
      toClip: TO_CLIP,
      photoSize: [SIDE_PX, SIDE_PX],
      photoLevel: 0,
      pixel: 0,
    });
    const untouched = 77;
    const positions = createStorageBuffer(device, 'positions', 16 * (VERTICES + RESTING));
    device.queue.writeBuffer(positions, 0, new Float32Array(4 * (VERTICES + RESTING)).fill(untouched));
    const bind = await createGridMotionKernel(device, { moving: VERTICES });
    dispatch(
      device,
      bind({
        camera: uploadUniform(device, 'camera', camera.data),
        vertices: uploadStorage(device, 'vertices', vertices.data),
        entries: uploadStorage(device, 'entries', Uint32Array.from(entries)),
        state: uploadStorage(device, 'state', state),
        positions,
      }),
    );
    const found = await readFloats(device, positions);
    for (let v = 0; v < VERTICES; v++) {
      const [x, y] = [rest[2 * v]!, rest[2 * v + 1]!];
      const placed = placeInPhoto(canonical.subarray(3 * v, 3 * v + 3), head, POSE);
      const moved = times([changes[v % MODES]!, -changes[(v + 1) % MODES]!, 0], head.rotation);
      const at = (axis: 0 | 1, start: number): number =>
        start + rigid[v]! * (placed[axis] - start) + POSE.scale * head.scale * moved[axis];
      const expected = [
        at(0, x) * TO_CLIP[0]! + TO_CLIP[2]!,
        at(1, y) * TO_CLIP[1]! + TO_CLIP[3]!,
        x / SIDE_PX,
        y / SIDE_PX,
      ];
      expected.forEach((value, k) =>
        expect(Math.abs(found[4 * v + k]! - value), `vertex ${v}, component ${k}`).toBeLessThan(TOLERANCE),
      );
    }
    expect([...found.subarray(4 * VERTICES)].every((x) => x === untouched)).toBe(true);
  });

  it('runs when no vertex moves', async () => {
    const bind = await createGridMotionKernel(device, { moving: 0 });
    const positions = createStorageBuffer(device, 'positions', 16);
    dispatch(
      device,
      bind({
        camera: uploadUniform(device, 'camera', new StructArray(CAMERA).data),
        vertices: uploadStorage(device, 'vertices', new StructArray(GRID_VERTEX).data),
        entries: uploadStorage(device, 'entries', new Uint32Array(2)),
        state: createStorageBuffer(device, 'state', 4 * motionStateSize(0)),
        positions,
      }),
    );
    expect([...(await readFloats(device, positions))]).toEqual([0, 0, 0, 0]);
  });
});
