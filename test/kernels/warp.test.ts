/** @file All warp kernels together, through WarpingRenderer, against the CPU on a synthetic portrait. */

import { beforeAll, describe, expect, it } from 'vitest';
import { restLatent } from '../../src/core/motion-latent';
import { MOTION_STATE } from '../../src/kernels/motion-state';
import { LIP_PROFILE } from '../../src/kernels/struct-layouts';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import { tongueModes } from '../../src/renderer/tongue-motion';
import { WarpingRenderer } from '../../src/renderer/webgpu/warping-renderer';
import type { FaceModel } from '../../src/weights/face-model';
import { readFloats, testDevice } from '../fixtures/gpu-device';
import { type CpuFrame, cpuFrame } from '../fixtures/cpu-frame';
import { drawFrame, latentOf, motionFrame } from '../fixtures/draw-frame';
import { syntheticPortrait } from '../fixtures/synthetic-portrait';

const SIZE_PX = 128;
const TARGET = { width: 64, height: 64, format: 'rgba8unorm' as const };
// WGSL allows sine and cosine an error of 2^-11, which is this much at the rim of a head of 40 px per IOD.
const TOLERANCE_PX = 0.05;
/** Articulation of silence. */
const SILENT = [0, 0, 0, 0, 0, 0] as const;

let device: GPUDevice;
let model: FaceModel;
let bundle: PortraitBundle;
let renderer: WarpingRenderer;

/** A turned portrait with an open, smiling mouth, so that no term of the arithmetic is zero. */
function livelyPortrait(): { model: FaceModel; bundle: PortraitBundle } {
  const made = syntheticPortrait(SIZE_PX);
  const [c, s] = [Math.cos(0.2), Math.sin(0.2)];
  made.bundle.pose.rotation = new Float32Array([c, 0, -s, 0, 1, 0, s, 0, c]);
  const own = (name: string, value: number): void => {
    made.bundle.expression[made.model.expressionNames.indexOf(name)] = value;
  };
  own('mouthSmile_L', 0.5);
  own('mouthSmile_R', 0.4);
  own('jawOpen', 0.2);
  const mouth = made.model.expressionNames.map((name) => (/^(mouth|jaw)/.test(name) ? 1 : 0));
  made.bundle.relax.mask.set(mouth);
  made.bundle.relax.gain[made.model.expressionNames.indexOf('mouthPucker')] = 0.4;
  made.bundle.headroom.fill(0.9);
  const { gaps } = made.bundle;
  const E = made.model.expressions.count;
  gaps.photo = gaps.rest.map((rest, k) =>
    made.bundle.expression.reduce((sum, e, i) => sum + e * gaps.basis[k * E + i]!, rest),
  );
  return made;
}

async function frame(
  latent: Float32Array,
  speechBlend: number,
  from = latent,
  mix = 1,
  articulation: readonly number[] = SILENT,
): Promise<{ state: Float32Array; mesh: Float32Array; grid: Float32Array }> {
  await drawFrame(device, renderer, TARGET, { from, to: latent, mix, speechBlend, articulation });
  const { state, mesh, grid } = renderer.inspect;
  return {
    state: await readFloats(device, state),
    mesh: await readFloats(device, mesh),
    grid: await readFloats(device, grid),
  };
}

function frameOnCpu(latent: Float32Array, speechBlend: number, articulation: readonly number[]): CpuFrame {
  return cpuFrame(model, bundle, [motionFrame(latent, { speechBlend, articulation })]);
}

const toPx = (clip: number, sign: 1 | -1): number => ((1 + sign * clip) / 2) * SIZE_PX;

function largestError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(found[i]! - expected[i]!));
  return largest;
}

beforeAll(async () => {
  ({ device } = await testDevice());
  ({ model, bundle } = livelyPortrait());
  renderer = await WarpingRenderer.create(device, model, bundle, TARGET);
});

describe('warp kernels', () => {
  const cases: [string, () => Float32Array, number, number[]?][] = [
    ['the rest pose', () => restLatent(), 0],
    ['in speech', () => latentOf(model, { jawOpen: 0.4, mouthPucker: 0.5, eyeBlink: 0.3 }), 1],
    [
      'turned and shifted, with half a speech blend',
      () =>
        latentOf(
          model,
          { mouthSmile: 0.6, jawOpen: 0.3, browInnerUp: 0.5 },
          { pitch: -9, yaw: 14, roll: 5, x: 0.05, y: -0.03, scale: 1.04 },
        ),
      0.5,
    ],
    ['a raised tongue', () => latentOf(model, { jawOpen: 0.3 }, { yaw: 5 }), 1, [0.5, 0.2, 0.1, 0, 0, 0]],
    ['pressed lips', () => latentOf(model, { jawOpen: 0.08, mouthRollLower: 0.1 }), 1, [0, 0, 0.3, 0.4, 0, 0]],
    ['the lower lip at the teeth', () => latentOf(model, { jawOpen: 0.2 }), 0.9, [0, 0, 0, 0.2, 0.35, 0]],
    ['rounded lips', () => latentOf(model, { jawOpen: 0.2, mouthPucker: 0.1 }), 0.9, [0, 0, 0.2, 0, 0, 0.3]],
    [
      'closed lips and eyes',
      () => latentOf(model, { mouthPress: 0.6, mouthRollLower: 0.4, eyeBlink: 1 }, { yaw: -6 }),
      1,
    ],
  ];
  it.each(cases)('agree with the CPU: %s', async (_, make, speechBlend, articulation = [...SILENT]) => {
    const latent = make();
    const expected = frameOnCpu(latent, speechBlend, articulation);
    const { state, mesh, grid } = await frame(latent, speechBlend, latent, 1, articulation);
    expect(largestError(state.subarray(MOTION_STATE.keypoints), expected.keypoints)).toBeLessThan(TOLERANCE_PX);
    expect(largestError(state.subarray(MOTION_STATE.commanded), expected.commanded)).toBeLessThan(1e-3);
    expect(largestError(state.subarray(MOTION_STATE.change), expected.change)).toBeLessThan(1e-3);
    expect(largestError(state.subarray(MOTION_STATE.correction), expected.corrections)).toBeLessThan(1e-4);
    expect(Math.abs(state[MOTION_STATE.mouthWidth]! - expected.mouthWidth)).toBeLessThan(1e-3);
    let [meshError, gridError] = [0, 0];
    for (let v = 0; v < bundle.mesh.source.length; v += 3) {
      const [x, y] = expected.mesh.subarray(3 * v, 3 * v + 2) as unknown as [number, number];
      meshError = Math.max(
        meshError,
        Math.abs(toPx(mesh[4 * v]!, 1) - x),
        Math.abs(toPx(mesh[4 * v + 1]!, -1) - y),
        Math.abs(mesh[4 * v + 3]! - expected.canonicalZ[v]!),
      );
    }
    expect(grid.length).toBe(2 * expected.grid.length);
    for (let k = 0; k < expected.grid.length / 2; k++) {
      const [x, y] = expected.grid.subarray(2 * k, 2 * k + 2) as unknown as [number, number];
      gridError = Math.max(gridError, Math.abs(toPx(grid[4 * k]!, 1) - x), Math.abs(toPx(grid[4 * k + 1]!, -1) - y));
    }
    expect(meshError).toBeLessThan(TOLERANCE_PX);
    expect(gridError).toBeLessThan(TOLERANCE_PX);
  });

  it('narrows lips for rounded sounds at any opening, unless the motion has rounded them already', async () => {
    const width = async (expressions: Record<string, number>, rounded: number): Promise<number> => {
      const latent = latentOf(model, expressions);
      const { state } = await frame(latent, 1, latent, 1, [0, 0, 0, 0, 0, rounded]);
      return state[MOTION_STATE.mouthWidth]!;
    };
    for (const jawOpen of [0, 0.3]) {
      const narrower = (await width({ jawOpen }, 0)) - (await width({ jawOpen }, 1));
      expect(narrower).toBeGreaterThan(0.03);
      expect(narrower).toBeLessThan(0.12);
    }
    const puckered = { mouthPucker: 0.6, mouthFunnel: 0.3 };
    expect(await width(puckered, 1)).toBeCloseTo(await width(puckered, 0), 4);
  });

  it('presses and tucks lips only where the motion closes them, and keeps a raised tongue up while the jaw drops', async () => {
    const middle = bundle.gaps.offsets[1] >> 1;
    const opening = async (jawOpen: number, articulation: number[]): Promise<number> => {
      const latent = latentOf(model, { jawOpen });
      const { state } = await frame(latent, 1, latent, 1, articulation);
      const { shown } = frameOnCpu(latent, 1, articulation);
      const E = model.expressions.count;
      const mesh = shown.reduce((sum, e, k) => sum + e * bundle.gaps.basis[middle * E + k]!, bundle.gaps.rest[middle]!);
      return mesh + state[MOTION_STATE.correction + middle]!;
    };
    // Parting lips open by the lift immediately, because a slit looks closed.
    const aperture = bundle.gaps.basis[middle * model.expressions.count + model.expressionNames.indexOf('jawOpen')]!;
    expect(await opening(0.06, [...SILENT])).toBeGreaterThan(0.06 * aperture + 0.004);
    expect(await opening(0.4, [...SILENT])).toBeCloseTo(0.4 * aperture, 3);
    const pressed = [0, 0, 0, 1, 0, 0];
    expect(await opening(0.06, [...SILENT])).toBeGreaterThan(0.01);
    expect(await opening(0.06, pressed)).toBeLessThan(0.002);
    expect(await opening(0.4, pressed)).toBeCloseTo(await opening(0.4, [...SILENT]), 4);
    const bitten = await opening(0.2, [0, 0, 0, 0, 1, 0]);
    // The gap of F and V is .06 IOD; at this opening it is nearly reached.
    expect(bitten).toBeGreaterThan(0.054);
    expect(bitten).toBeLessThan(0.066);
    expect(bitten).toBeLessThan((await opening(0.2, [...SILENT])) - 0.01);

    const modes = tongueModes(model);
    let tip = 0; // the vertex of the tongue that rises most
    const { source, faceVertexCount } = bundle.mesh;
    for (let v = faceVertexCount; v < source.length; v++)
      if (modes[3 * source[v]! + 1]! < modes[3 * source[tip]! + 1]!) tip = v;
    const heights = async (jawOpen: number): Promise<number[]> => {
      const latent = latentOf(model, { jawOpen });
      const low = await frame(latent, 1);
      const high = await frame(latent, 1, latent, 1, [1, 0, 0, 0, 0]);
      return [low, high].map(({ mesh }) => (SIZE_PX / 2 / bundle.pose.scale) * mesh[4 * tip + 1]!);
    };
    const [low, high] = await heights(0.1);
    const [dropped, held] = await heights(0.4);
    expect(high! - low!).toBeGreaterThan(0.12);
    expect(low! - dropped!).toBeGreaterThan(0.08);
    expect(high! - held!).toBeLessThan(0.4 * (low! - dropped!));
  });

  it('find the lips on the screen, column by column', async () => {
    const latent = latentOf(model, { jawOpen: 0.4, mouthSmile: 0.2 }, { roll: 4 });
    await frame(latent, 1);
    const found = await readFloats(device, renderer.inspect.lipProfile);
    const { lipProfile } = frameOnCpu(latent, 1, SILENT);
    const { left, inverseWidth, opening, columns } = LIP_PROFILE.fields;
    // The kernel counts from the middle of the picture, the CPU from the corner of the photo.
    const middle = SIZE_PX / 2 / bundle.pose.scale;
    expect(found[left.offset]! + middle).toBeCloseTo(lipProfile.left, 3);
    expect(1 / found[inverseWidth.offset]!).toBeCloseTo(lipProfile.width, 3);
    expect(found[opening.offset]).toBeCloseTo(lipProfile.opening, 3);
    expect(lipProfile.opening).toBeGreaterThan(0.1);
    const heights = found.subarray(columns.offset).map((y) => y + middle);
    expect(largestError(heights, lipProfile.columns.flat())).toBeLessThan(2e-3);
  });

  it('shows the motion frames themselves at mix 0 and 1, and their mean at 0.5', async () => {
    const a = latentOf(model, { jawOpen: 0.5 });
    const b = latentOf(model, { mouthPucker: 0.5 }, { yaw: 8 });
    const before = await frame(a, 1, a, 1);
    const after = await frame(b, 1, b, 1);
    expect(largestError((await frame(b, 1, a, 0)).mesh, before.mesh)).toBe(0);
    expect(largestError((await frame(b, 1, a, 1)).mesh, after.mesh)).toBe(0);
    const mean = a.map((x, i) => (x + b[i]!) / 2);
    expect(largestError((await frame(b, 1, a, 0.5)).state, (await frame(mean, 1)).state)).toBeLessThan(TOLERANCE_PX);
  });

  it('gives finite vertices for every finite latent', async () => {
    for (const value of [1e30, -1e30, 3e38, 1e-40]) {
      const { state, mesh, grid } = await frame(new Float32Array(70).fill(value), 1);
      for (const values of [state, mesh, grid]) expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  it('turns the head as LivePortrait does: positive yaw moves the nose to the left of the picture, positive pitch moves it down', async () => {
    // x_d = x_c R with the nose at -z: x = -(-z) ... = -sin(yaw) |z|.
    const nose = nearestVertex();
    const at = async (latent: Float32Array): Promise<[number, number]> => {
      const { mesh } = await frame(latent, 0);
      return [toPx(mesh[4 * nose]!, 1), toPx(mesh[4 * nose + 1]!, -1)];
    };
    const [x, y] = await at(latentOf(model, {}));
    expect((await at(latentOf(model, {}, { yaw: 10 })))[0]).toBeLessThan(x - 3);
    expect((await at(latentOf(model, {}, { yaw: -10 })))[0]).toBeGreaterThan(x + 3);
    const pitched = (await at(latentOf(model, {}, { pitch: 10 })))[1];
    const onCpu = frameOnCpu(latentOf(model, {}, { pitch: 10 }), 0, SILENT).mesh[3 * nose + 1]!;
    expect(Math.abs(pitched - onCpu)).toBeLessThan(TOLERANCE_PX * 2);
    expect(Math.abs(pitched - y)).toBeGreaterThan(3);
  });
});

/** The face vertex nearest to the viewer: the tip of the nose. */
function nearestVertex(): number {
  let best = 0;
  for (let v = 0; v < bundle.mesh.faceVertexCount; v++)
    if (bundle.mesh.rest[3 * v + 2]! < bundle.mesh.rest[3 * best + 2]!) best = v;
  return best;
}
