/** @file The kernel keypoint-transform.wgsl against the reference, with random tables and latents. */
import { beforeAll, describe, expect, it } from 'vitest';
import { restLatent } from '../../src/core/motion-latent';
import { createStorageBuffer, uploadStorage, uploadUniform } from '../../src/gpu/buffers';
import { StructArray } from '../../src/gpu/struct-layout';
import { createKeypointTransformKernel, SECONDARY_STEP } from '../../src/kernels/keypoint-transform';
import { MOTION_STATE, motionStateSize } from '../../src/kernels/motion-state';
import { FRAME, PORTRAIT_POSE, SECONDARY_MOTION_MODE } from '../../src/kernels/struct-layouts';
import type { PortraitPose } from '../../src/portrait-bundle/portrait-bundle';
import { dispatch, readFloats, testDevice } from '../fixtures/gpu-device';
import { largestDifference } from '../reference/compare';
import { clamp, commandedExpressions, headMotion, mixed, type Point } from '../../src/renderer/cpu/frame-steps';
import { placeKeypoints } from '../reference/vertices';
import { uniforms } from '../reference/random-numbers';

const EXPRESSIONS = 11;
const [BLINK_RIGHT, BLINK_LEFT] = [3, 8];
const SECONDARY_MOTION_MODES = 4;
/** WGSL allows sine and cosine an error of 2^-11; lengths here are up to 150 px. */
const TOLERANCE = { px: 0.1, weight: 2e-3, exact: 1e-6 };

const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
const POSE: PortraitPose = {
  rotation: new Float32Array([c, 0, -s, 0, 1, 0, s, 0, c]),
  scale: 50,
  translation: [64, 80],
};
const canonical: Point[] = Array.from({ length: 21 }, (_, j) => [...uniforms(3, 10 + j)] as Point);
const map = uniforms(63 * EXPRESSIONS, 40);
const frameFields = { tip: 0.1, between: 0.2, back: 0.3, pressed: 0.4, atTeeth: 0.5, rounded: 0.6 };

/** Random offsets, 9 degrees of pitch, -14 of yaw, 5 of roll. */
function latent(seed: number): Float32Array<ArrayBuffer> {
  const out = restLatent() as Float32Array<ArrayBuffer>;
  out.set(uniforms(63, seed, -0.2, 0.2));
  out.set([9, -14, 5, 0.1, -0.2, 0.05, 1.1], 63);
  return out;
}

let device: GPUDevice;

beforeAll(async () => {
  ({ device } = await testDevice());
});

async function run(from: Float32Array, to: Float32Array, mix: number, secondaryMotion = 1): Promise<Float32Array> {
  const bind = await createKeypointTransformKernel(device, {
    expressions: EXPRESSIONS,
    blinkRight: BLINK_RIGHT,
    blinkLeft: BLINK_LEFT,
    secondaryModes: SECONDARY_MOTION_MODES,
  });
  const frame = new StructArray(FRAME);
  frame.set(0, { mix, speechBlend: 0.7, secondaryMotion, ...frameFields });
  const pose = new StructArray(PORTRAIT_POSE);
  const rows = [0, 3, 6].map((at) => POSE.rotation.subarray(at, at + 3));
  pose.set(0, { rotation: rows, scale: POSE.scale, translation: POSE.translation, keypoints: canonical });
  const modes = new StructArray(SECONDARY_MOTION_MODE, SECONDARY_MOTION_MODES);
  for (let k = 0; k < SECONDARY_MOTION_MODES; k++)
    modes.set(k, { place: 9, speed: 9, drive: 9, started: 1, before: 0.01 * k, now: 0.03 - 0.02 * k });
  const state = createStorageBuffer(device, 'state', 4 * motionStateSize(0));
  const step = bind({
    frame: uploadUniform(device, 'frame', frame.data),
    pose: uploadUniform(device, 'pose', pose.data),
    latentFrom: uploadStorage(device, 'from', from),
    latentTo: uploadStorage(device, 'to', to),
    keypointsToExpressions: uploadStorage(device, 'map', map),
    secondaryModes: uploadStorage(device, 'modes', modes.data),
    state,
  });
  dispatch(device, step);
  return readFloats(device, state);
}

const part = (state: Float32Array, name: keyof typeof MOTION_STATE, count: number): Float32Array =>
  state.subarray(MOTION_STATE[name], MOTION_STATE[name] + count);

describe('keypoint transform', () => {
  it.each([0, 0.3, 1])('places keypoints, head and expressions as the reference does at mix %f', async (mix) => {
    const [from, to] = [latent(1), latent(2)];
    to[64] = 12;
    const state = await run(from, to, mix);
    const head = headMotion(mixed(from, to, mix), POSE);
    const commanded = commandedExpressions(map, head);
    expect(Math.max(...commanded.map(Math.abs))).toBeGreaterThan(0.2);
    expect(largestDifference(part(state, 'keypoints', 63), placeKeypoints(canonical, head, POSE))).toBeLessThan(
      TOLERANCE.px,
    );
    expect(largestDifference(part(state, 'commanded', EXPRESSIONS), commanded)).toBeLessThan(TOLERANCE.weight);
    expect(largestDifference(part(state, 'head', 9), head.rotation)).toBeLessThan(TOLERANCE.weight);
    expect(largestDifference(part(state, 'headScale', 1), [head.scale])).toBeLessThan(TOLERANCE.exact);
    expect(largestDifference(part(state, 'headShift', 3), head.shift)).toBeLessThan(TOLERANCE.exact);
    const blinks = [BLINK_RIGHT, BLINK_LEFT].map((e) => clamp(commanded[e]!, 0, 1));
    expect(largestDifference(part(state, 'blink', 2), blinks)).toBeLessThan(TOLERANCE.weight);
  });

  it('clamps a latent that does not describe a face', async () => {
    const wild = Float32Array.from({ length: 70 }, (_, i) => (i % 3 ? 500 : -3e30));
    const state = await run(wild, wild, 1);
    const head = headMotion(wild, POSE);
    expect(largestDifference(part(state, 'keypoints', 63), placeKeypoints(canonical, head, POSE))).toBeLessThan(
      2 * TOLERANCE.px,
    );
    expect(largestDifference(part(state, 'commanded', EXPRESSIONS), commandedExpressions(map, head))).toBeLessThan(
      3 * TOLERANCE.weight,
    );
  });

  it('interpolates secondary motion, scales it, and appends it to the expressions', async () => {
    const rest = restLatent();
    const state = await run(rest, rest, 0.25, 1.5);
    const expected = Array.from(
      { length: SECONDARY_MOTION_MODES },
      (_, k) => 1.5 * (0.75 * 0.01 * k + 0.25 * (0.03 - 0.02 * k)),
    );
    const changes = part(state, 'change', EXPRESSIONS + SECONDARY_MOTION_MODES).subarray(EXPRESSIONS);
    const shown = part(state, 'shown', EXPRESSIONS + SECONDARY_MOTION_MODES).subarray(EXPRESSIONS);
    expect(largestDifference(changes, expected)).toBeLessThan(TOLERANCE.exact);
    const quantised = expected.map((y) => y * SECONDARY_STEP);
    expect(largestDifference(shown, quantised)).toBeLessThan(TOLERANCE.exact);
  });

  it('passes on speech blend and articulation', async () => {
    const state = await run(restLatent(), restLatent(), 1);
    expect(part(state, 'speechBlend', 1)[0]).toBeCloseTo(0.7, 6);
    expect(largestDifference(part(state, 'articulation', 6), Object.values(frameFields))).toBeLessThan(TOLERANCE.exact);
  });
});
