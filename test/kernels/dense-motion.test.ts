/** @file The kernel dense-motion.wgsl against its formula, with random vertices and modes. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createStorageBuffer, uploadStorage, uploadUniform } from '../../src/gpu/buffers';
import { StructArray } from '../../src/gpu/struct-layout';
import { createDenseMotionKernel } from '../../src/kernels/dense-motion';
import { MOTION_STATE, motionStateSize } from '../../src/kernels/motion-state';
import { CAMERA, MESH_VERTEX } from '../../src/kernels/struct-layouts';
import { dispatch, readFloats, testDevice } from '../fixtures/gpu-device';
import { correctionAt, headMotion, placeInPhoto } from '../../src/renderer/cpu/frame-steps';
import { uniforms } from '../reference/random-numbers';

/** Not a multiple of the workgroup size. */
const VERTICES = 100;
const SAMPLES = 12;
/** Expressions and modes of secondary motion, then the modes of the tongue. */
const MODES = [...Array(64).keys(), ...[0, 1, 2, 3].map((k) => MOTION_STATE.tongue - MOTION_STATE.shown + k)];
const ENTRIES_A_VERTEX = 5;
const DEPTH_SPAN_IOD = 6;
const DEPTH_BIAS = 0.01;
const TOLERANCE = 1e-5;

const POSE = {
  rotation: new Float32Array([1, 0, 0, 0, 1, 0, 0, 0, 1]),
  scale: 50,
  translation: [64, 80] as [number, number],
};
const TO_CLIP = [2 / 128, -2 / 128, -1, 1];

let device: GPUDevice;

beforeAll(async () => {
  ({ device } = await testDevice());
});

describe('dense motion', () => {
  it('moves, turns and projects vertices', async () => {
    const latent = new Float32Array(70);
    latent.set([7, -12, 4, 0.1, -0.05, 0, 1.05], 63);
    const head = headMotion(latent, POSE);
    const amounts = uniforms(MOTION_STATE.correction - MOTION_STATE.shown, 1, -0.003, 0.003);
    const corrections = [...uniforms(SAMPLES, 2, -0.1, 0.1)];
    const state = new Float32Array(motionStateSize(SAMPLES));
    state.set(amounts, MOTION_STATE.shown);
    state.set(head.rotation, MOTION_STATE.head);
    state[MOTION_STATE.headScale] = head.scale;
    state.set(head.shift, MOTION_STATE.headShift);
    state.set(corrections, MOTION_STATE.correction);

    const rest = uniforms(3 * VERTICES, 3);
    // From the first to the last sample and beyond it.
    const coords = Float32Array.from({ length: VERTICES }, (_, v) => (v * SAMPLES) / VERTICES);
    const weights = uniforms(VERTICES, 4).map((w, v) => (v % 3 ? w : 0));
    const offsets = uniforms(3 * ENTRIES_A_VERTEX * VERTICES, 5, -127, 127).map(Math.round);
    const modes = uniforms(ENTRIES_A_VERTEX * VERTICES, 6, 0, MODES.length).map((k) => MODES[Math.floor(k)]!);
    const vertices = new StructArray(MESH_VERTEX, VERTICES);
    const entries = new Uint32Array(ENTRIES_A_VERTEX * VERTICES);
    for (let k = 0; k < entries.length; k++) {
      const [x, y, z] = offsets.subarray(3 * k, 3 * k + 3) as unknown as [number, number, number];
      entries[k] = (x & 255) | ((y & 255) << 8) | ((z & 255) << 16) | (modes[k]! << 24);
    }
    for (let v = 0; v < VERTICES; v++)
      vertices.set(v, {
        rest: rest.subarray(3 * v, 3 * v + 3),
        gapCoord: coords[v]!,
        gapWeight: weights[v]!,
        first: ENTRIES_A_VERTEX * v,
        // Some vertices do not use all of their entries.
        end: ENTRIES_A_VERTEX * v + (v % (ENTRIES_A_VERTEX + 1)),
        layer: v % 2,
      });
    const camera = new StructArray(CAMERA);
    camera.set(0, {
      poseScale: POSE.scale,
      depthBias: DEPTH_BIAS,
      translation: POSE.translation,
      toClip: TO_CLIP,
      photoSize: [128, 128],
      photoLevel: 0,
      pixel: 0,
    });
    const positions = createStorageBuffer(device, 'positions', 16 * VERTICES);
    const bind = await createDenseMotionKernel(device, { vertices: VERTICES, samples: SAMPLES });
    dispatch(
      device,
      bind({
        camera: uploadUniform(device, 'camera', camera.data),
        vertices: uploadStorage(device, 'vertices', vertices.data),
        entries: uploadStorage(device, 'entries', entries),
        state: uploadStorage(device, 'state', state),
        positions,
      }),
    );
    const found = await readFloats(device, positions);
    for (let v = 0; v < VERTICES; v++) {
      const p = [...rest.subarray(3 * v, 3 * v + 3)] as [number, number, number];
      for (let k = ENTRIES_A_VERTEX * v; k < ENTRIES_A_VERTEX * v + (v % (ENTRIES_A_VERTEX + 1)); k++)
        for (let axis = 0; axis < 3; axis++) p[axis]! += amounts[modes[k]!]! * offsets[3 * k + axis]!;
      p[1] += weights[v]! * correctionAt(corrections, coords[v]!);
      const [x, y, z] = placeInPhoto(p, head, POSE);
      const expected = [
        x * TO_CLIP[0]! + TO_CLIP[2]!,
        y * TO_CLIP[1]! + TO_CLIP[3]!,
        0.5 + z / POSE.scale / DEPTH_SPAN_IOD + (v % 2) * DEPTH_BIAS,
        p[2],
      ];
      expected.forEach((value, k) =>
        expect(Math.abs(found[4 * v + k]! - value), `vertex ${v}, component ${k}`).toBeLessThan(TOLERANCE),
      );
    }
  });
});
