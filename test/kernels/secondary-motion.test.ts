/** @file Secondary motion: the kernel against the differential equation, its stability, and the vertices that it moves. */
import { beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { restLatent } from '../../src/core/motion-latent';
import { uniform } from '../../src/core/rng';
import { StructArray } from '../../src/gpu/struct-layout';
import { createSecondaryMotionKernel } from '../../src/kernels/secondary-motion';
import { SECONDARY_MOTION_MODE, SPRING } from '../../src/kernels/struct-layouts';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import { SECONDARY_MOTION_MODES } from '../../src/portrait-bundle/secondary-motion-modes';
import { springStep } from '../../src/renderer/secondary-drive';
import { SecondaryMotion } from '../../src/renderer/webgpu/secondary-motion';
import { WarpingRenderer } from '../../src/renderer/webgpu/warping-renderer';
import { createStorageBuffer, uploadStorage } from '../../src/gpu/buffers';
import type { FaceModel } from '../../src/weights/face-model';
import { dispatch, readFloats, testDevice } from '../fixtures/gpu-device';
import { drawFrame, latentOf, motionFrame } from '../fixtures/draw-frame';
import { type CpuFrame, cpuFrame } from '../fixtures/cpu-frame';
import { syntheticPortrait } from '../fixtures/synthetic-portrait';
import { type ModeParameters, ReferenceMode, ReferenceSecondaryMotion } from '../reference/reference-secondary-motion';

const SIZE_PX = 128;
const TARGET = { width: 64, height: 64, format: 'rgba8unorm' as const };
const TOLERANCE_PX = 0.05;
const K = SECONDARY_MOTION_MODES.length;

let device: GPUDevice;
let model: FaceModel;
let bundle: PortraitBundle;

beforeAll(async () => {
  ({ device } = await testDevice());
  ({ model, bundle } = syntheticPortrait(SIZE_PX));
  const { columns, rows, rigid } = bundle.grid;
  const count = columns * rows;
  for (let mode = 0; mode < K; mode++) {
    for (let v = 0; v < count; v++) {
      bundle.secondary[2 * (mode * count + v)] = rigid[v]! * Math.cos(mode + v / 300);
      bundle.secondary[2 * (mode * count + v) + 1] = rigid[v]! * Math.sin(2 * mode + v / 200);
    }
  }
});

/** Speech and head turns of a lively speaker. */
function livelyMotion(frames: number, seed: number): Float32Array[] {
  let [yaw, pitch, roll, x, y, jaw] = [0, 0, 0, 0, 0, 0];
  return Array.from({ length: frames }, (_, n) => {
    let stream = 0;
    const step = (value: number, size: number): number => 0.9 * value + size * (uniform(seed, stream++, n) - 0.5);
    [yaw, pitch, roll] = [step(yaw, 6), step(pitch, 5), step(roll, 3)];
    [x, y] = [step(x, 0.03), step(y, 0.03)];
    jaw = Math.min(0.6, Math.max(0, 0.5 * jaw + 0.4 * uniform(seed, stream, n) - 0.1));
    return latentOf(model, { jawOpen: jaw }, { yaw, pitch, roll, x, y });
  });
}

describe('the kernel of secondary motion', () => {
  it.each<[string, ModeParameters]>([
    ['below critical damping', { frequencyHz: 2, damping: 0.2, lagsBehind: true, limitIod: 1 }],
    ['at critical damping', { frequencyHz: 5, damping: 1, lagsBehind: false, limitIod: 1 }],
    ['above critical damping', { frequencyHz: 1, damping: 1.8, lagsBehind: false, limitIod: 1 }],
    ['at its limit', { frequencyHz: 3, damping: 0.3, lagsBehind: false, limitIod: 0.05 }],
  ])('agrees with the differential equation %s', async (_, parameters) => {
    const springs = new StructArray(SPRING);
    const { lagsBehind, limitIod } = parameters;
    springs.set(0, { ...springStep(parameters), direct: lagsBehind ? 1 : 0, limit: limitIod });
    // The drive: half of t_x minus t_y.
    const weights = new Float32Array(70);
    weights.set([0.5, -1], 66);
    const latent = createStorageBuffer(device, 'latent', 280);
    const modes = createStorageBuffer(device, 'modes', 4 * SECONDARY_MOTION_MODE.size);
    const bind = await createSecondaryMotionKernel(device, { modes: 1 });
    const step = bind({
      latent,
      weights: uploadStorage(device, 'weights', weights),
      springs: uploadStorage(device, 'springs', springs.data),
      modes,
    });
    const reference = new ReferenceMode(parameters);
    const { before, now } = SECONDARY_MOTION_MODE.fields;
    for (let n = 0; n < 20; n++) {
      const [x, y] = [0.3 * uniform(1, 0, n), 0.2 * uniform(1, 1, n)];
      device.queue.writeBuffer(latent, 4 * 66, new Float32Array([x, y]));
      dispatch(device, step);
      reference.advance(0.5 * x - y);
      const state = await readFloats(device, modes);
      expect(Math.abs(state[before.offset]! - reference.before), `previous, frame ${n}`).toBeLessThan(1e-4);
      expect(Math.abs(state[now.offset]! - reference.now), `newest, frame ${n}`).toBeLessThan(1e-4);
    }
  });
});

describe('SecondaryMotion', () => {
  let latent: GPUBuffer;
  let secondary: SecondaryMotion;

  beforeEach(async () => {
    latent = createStorageBuffer(device, 'latent', 280);
    secondary = await SecondaryMotion.create(device, model, latent);
  });
  afterEach(() => {
    latent.destroy();
    secondary.destroy();
  });

  function advance(to: Float32Array): void {
    device.queue.writeBuffer(latent, 0, to as Float32Array<ArrayBuffer>);
    const encoder = device.createCommandEncoder();
    secondary.encode(encoder);
    device.queue.submit([encoder.finish()]);
  }

  async function outputs(field: 'before' | 'now' = 'now'): Promise<number[]> {
    const state = await readFloats(device, secondary.modes);
    return SECONDARY_MOTION_MODES.map(
      (_, k) => state[SECONDARY_MOTION_MODE.size * k + SECONDARY_MOTION_MODE.fields[field].offset]!,
    );
  }

  it('agrees with the differential equation for the motion of a speaker', async () => {
    const reference = new ReferenceSecondaryMotion(model);
    const reached = new Array<number>(K).fill(0);
    for (const to of livelyMotion(60, 3)) {
      advance(to);
      reference.advance(to);
      (await outputs()).forEach((y, k) => {
        expect(Math.abs(y - reference.modes[k]!.now), SECONDARY_MOTION_MODES[k]!.drive).toBeLessThan(1e-4);
        reached[k] = Math.max(reached[k]!, Math.abs(y));
      });
    }
    for (const y of reached) expect(y).toBeGreaterThan(1e-3);
  });

  it('starts at rest in the pose of the head, so a portrait that is replaced during a turn does not swing', async () => {
    advance(latentOf(model, {}, { yaw: 12, roll: 5, y: 0.05 }));
    advance(latentOf(model, {}, { yaw: 12, roll: 5, y: 0.05 }));
    const lagging = [...(await outputs())].filter((_, k) => SECONDARY_MOTION_MODES[k]!.lagsBehind);
    expect(lagging.length).toBeGreaterThan(0);
    for (const y of lagging) expect(Math.abs(y)).toBeLessThan(1e-6);
  });

  it('responds to a step within its limits and settles', async () => {
    advance(restLatent());
    const to = latentOf(model, { jawOpen: 0.6 }, { yaw: 15, pitch: 10, roll: 10, x: 0.1, y: 0.1 });
    const peak = new Array<number>(K).fill(0);
    for (let frame = 0; frame < 250; frame++) {
      advance(to);
      if (frame < 50) (await outputs()).forEach((y, k) => (peak[k] = Math.max(peak[k]!, Math.abs(y))));
    }
    const before = await outputs('before');
    (await outputs()).forEach((y, k) => {
      const { lagsBehind, limitIod } = SECONDARY_MOTION_MODES[k]!;
      expect(peak[k]).toBeGreaterThan(1e-3);
      expect(peak[k]).toBeLessThanOrEqual(limitIod * (1 + 1e-6));
      expect(Math.abs(y - before[k]!)).toBeLessThan(1e-6);
      if (lagsBehind) expect(Math.abs(y)).toBeLessThan(1e-5);
    });
  });

  it('is stable for an hour of random motion and returns to rest, even after latents that are no face', async () => {
    const motion = livelyMotion(300, 5);
    const random = motion.map((to, n) => {
      const wild = n % 50 === 0 ? to.map((_, i) => (i % 2 ? 3e38 : -3e38)) : to;
      return createFilled(wild);
    });
    const rest = createFilled(restLatent());
    for (let frame = 0; frame < 90_000; frame += 900) {
      const encoder = device.createCommandEncoder();
      for (let n = 0; n < 900; n++) {
        encoder.copyBufferToBuffer(random[(frame / 900 + 7 * n) % random.length]!, 0, latent, 0, 280);
        secondary.encode(encoder);
      }
      device.queue.submit([encoder.finish()]);
    }
    (await outputs()).forEach((y, k) => {
      expect(Number.isFinite(y)).toBe(true);
      expect(Math.abs(y)).toBeLessThanOrEqual(SECONDARY_MOTION_MODES[k]!.limitIod * (1 + 1e-6));
    });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(rest, 0, latent, 0, 280);
    for (let n = 0; n < 250; n++) secondary.encode(encoder);
    device.queue.submit([encoder.finish()]);
    for (const y of await outputs()) expect(Math.abs(y)).toBeLessThan(1e-5);
    for (const buffer of [...random, rest]) buffer.destroy();
  });

  function createFilled(values: Float32Array): GPUBuffer {
    const buffer = createStorageBuffer(device, 'latent', 280);
    device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
    return buffer;
  }
});

describe('the vertices under secondary motion', () => {
  const motion = (): Float32Array[] => livelyMotion(12, 9);

  type Vertices = { mesh: Float32Array; grid: Float32Array };

  /** Vertices after `motion`. */
  async function after(latents: Float32Array[], strength: number, mix = 1): Promise<Vertices> {
    const renderer = await WarpingRenderer.create(device, model, bundle, TARGET);
    const latent = createStorageBuffer(device, 'latent', 280);
    for (const to of latents) {
      device.queue.writeBuffer(latent, 0, to as Float32Array<ArrayBuffer>);
      const encoder = device.createCommandEncoder();
      renderer.advance(encoder, motionFrame(latent, { speechBlend: 1, secondaryMotion: strength }));
      device.queue.submit([encoder.finish()]);
    }
    const texture = device.createTexture({
      size: [64, 64],
      format: TARGET.format,
      usage: GPUTextureUsage.RENDER_ATTACHMENT,
    });
    const encoder = device.createCommandEncoder();
    renderer.encode(encoder, mix, texture.createView());
    device.queue.submit([encoder.finish()]);
    const { mesh, grid } = renderer.inspect;
    const vertices = { mesh: await readFloats(device, mesh), grid: await readFloats(device, grid) };
    renderer.destroy();
    for (const resource of [latent, texture]) resource.destroy();
    return vertices;
  }

  const toPx = (clip: number, sign: 1 | -1): number => ((1 + sign * clip) / 2) * SIZE_PX;
  const differs = (a: Float32Array, b: Float32Array): number =>
    a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

  it('agree with the CPU at any strength', async () => {
    const onCpu = (secondaryMotion: number): CpuFrame =>
      cpuFrame(
        model,
        bundle,
        motion().map((latent) => motionFrame(latent, { speechBlend: 1, secondaryMotion })),
      );
    const still = onCpu(0);
    for (const strength of [1, 2]) {
      const { mesh, grid } = await after(motion(), strength);
      const expected = onCpu(strength);
      let [meshError, gridError, moved] = [0, 0, 0];
      for (let v = 0; v < bundle.mesh.source.length; v++) {
        const [x, y] = [expected.mesh[3 * v]!, expected.mesh[3 * v + 1]!];
        meshError = Math.max(meshError, Math.abs(toPx(mesh[4 * v]!, 1) - x), Math.abs(toPx(mesh[4 * v + 1]!, -1) - y));
      }
      for (let k = 0; k < expected.grid.length / 2; k++) {
        const [x, y] = [expected.grid[2 * k]!, expected.grid[2 * k + 1]!];
        gridError = Math.max(gridError, Math.abs(toPx(grid[4 * k]!, 1) - x), Math.abs(toPx(grid[4 * k + 1]!, -1) - y));
        moved = Math.max(moved, Math.hypot(x - still.grid[2 * k]!, y - still.grid[2 * k + 1]!));
      }
      expect(meshError).toBeLessThan(TOLERANCE_PX);
      expect(gridError).toBeLessThan(TOLERANCE_PX);
      expect(moved).toBeGreaterThan(10 * TOLERANCE_PX);
    }
  });

  it('are interpolated between two motion frames', async () => {
    const still = latentOf(model, { jawOpen: 0.3 });
    const held = [...motion(), still, still];
    // The latent does not change, so only the secondary motion moves the vertices.
    const [from, to, middle] = [await after(held, 1, 0), await after(held, 1, 1), await after(held, 1, 0.5)];
    expect(differs(from.grid, to.grid)).toBeGreaterThan(1e-5);
    expect(
      differs(
        middle.grid,
        from.grid.map((x, i) => (x + to.grid[i]!) / 2),
      ),
    ).toBeLessThan(1e-5);
  });

  it('do not move at strength 0, nor in the rest pose', async () => {
    const off = await after(motion(), 0);
    const last = motion().at(-1)!;
    const renderer = await WarpingRenderer.create(device, model, bundle, TARGET);
    // A renderer that has seen no other motion frame has no secondary motion.
    await drawFrame(device, renderer, TARGET, { to: last, speechBlend: 1 });
    const { mesh, grid } = renderer.inspect;
    expect(differs(off.mesh, await readFloats(device, mesh))).toBe(0);
    expect(differs(off.grid, await readFloats(device, grid))).toBe(0);
    renderer.destroy();
    const rest = await after(Array.from({ length: 3 }, restLatent), 2);
    const restOff = await after(Array.from({ length: 3 }, restLatent), 0);
    expect(differs(rest.mesh, restOff.mesh)).toBe(0);
    expect(differs(rest.grid, restOff.grid)).toBe(0);
  });
});
