/** @file Secondary motion: its kernel against the differential equation, its stability, and what it does to the vertices. */
import { beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { ARTICULATION_SIZE } from '../../src/core/audio-types';
import { restLatent } from '../../src/core/motion-latent';
import { uniform } from '../../src/core/rng';
import { SECONDARY_MOTION_MODE } from '../../src/kernels/struct-layouts';
import { packGrid } from '../../src/renderer/webgpu/motion-tables';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import { SECONDARY_MOTION_MODES } from '../../src/portrait-bundle/secondary-motion';
import { SecondaryMotion } from '../../src/renderer/webgpu/secondary-motion';
import { WarpingRenderer } from '../../src/renderer/webgpu/warping-renderer';
import { createStorageBuffer } from '../../src/gpu/buffers';
import type { FaceModel } from '../../src/weights/face-model';
import { readFloats, testDevice } from '../fixtures/gpu-device';
import { drawFrame, latentOf } from '../fixtures/draw-frame';
import { syntheticPortrait } from '../fixtures/synthetic-portrait';
import { ReferenceModule } from './support/secondary-motion-reference';
import { referenceFrame } from './support/warp-reference';

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

describe('SecondaryMotion', () => {
  let latent: GPUBuffer;
  let temporal: SecondaryMotion;

  beforeEach(async () => {
    latent = createStorageBuffer(device, 'latent', 280);
    temporal = await SecondaryMotion.create(device, model, latent);
  });
  afterEach(() => {
    latent.destroy();
    temporal.destroy();
  });

  function advance(to: Float32Array): void {
    device.queue.writeBuffer(latent, 0, to as Float32Array<ArrayBuffer>);
    const encoder = device.createCommandEncoder();
    temporal.encode(encoder);
    device.queue.submit([encoder.finish()]);
  }

  async function outputs(field: 'before' | 'now' = 'now'): Promise<number[]> {
    const state = await readFloats(device, temporal.modes);
    return SECONDARY_MOTION_MODES.map(
      (_, k) => state[SECONDARY_MOTION_MODE.size * k + SECONDARY_MOTION_MODE.fields[field].offset]!,
    );
  }

  it('agrees with the differential equation', async () => {
    const reference = new ReferenceModule(model);
    const reached = new Array<number>(K).fill(0);
    for (const to of livelyMotion(60, 3)) {
      advance(to);
      const expected = reference.advance(to);
      (await outputs()).forEach((y, k) => {
        expect(Math.abs(y - expected[k]!), SECONDARY_MOTION_MODES[k]!.drive).toBeLessThan(1e-4);
        reached[k] = Math.max(reached[k]!, Math.abs(y));
      });
    }
    for (const y of reached) expect(y).toBeGreaterThan(1e-3);
  });

  it('starts where the head is: a portrait that is changed in the middle of a turn does not swing', async () => {
    advance(latentOf(model, {}, { yaw: 12, roll: 5, y: 0.05 }));
    advance(latentOf(model, {}, { yaw: 12, roll: 5, y: 0.05 }));
    const lagging = [...(await outputs())].filter((_, k) => SECONDARY_MOTION_MODES[k]!.lagsBehind);
    expect(lagging.length).toBeGreaterThan(0);
    for (const y of lagging) expect(Math.abs(y)).toBeLessThan(1e-6);
  });

  it('answers a step within bounds and settles', async () => {
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

  it('is stable for an hour of random motion and comes back to rest, whatever it was given', async () => {
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
        temporal.encode(encoder);
      }
      device.queue.submit([encoder.finish()]);
    }
    (await outputs()).forEach((y, k) => {
      expect(Number.isFinite(y)).toBe(true);
      expect(Math.abs(y)).toBeLessThanOrEqual(SECONDARY_MOTION_MODES[k]!.limitIod * (1 + 1e-6));
    });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(rest, 0, latent, 0, 280);
    for (let n = 0; n < 250; n++) temporal.encode(encoder);
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

describe('secondary motion of the picture', () => {
  const motion = (): Float32Array[] => livelyMotion(12, 9);

  type Vertices = { mesh: Float32Array; grid: Float32Array };

  /** Vertices after `motion`. */
  async function after(latents: Float32Array[], strength: number, mix = 1): Promise<Vertices> {
    const renderer = await WarpingRenderer.create(device, model, bundle, TARGET);
    const latent = createStorageBuffer(device, 'latent', 280);
    const articulation = new Float32Array(ARTICULATION_SIZE);
    for (const to of latents) {
      device.queue.writeBuffer(latent, 0, to as Float32Array<ArrayBuffer>);
      const encoder = device.createCommandEncoder();
      renderer.advance(encoder, { latent, articulation, speechBlend: 1, secondaryMotion: strength });
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

  it('moves the vertices as the reference does, in proportion to its strength', async () => {
    const reference = new ReferenceModule(model);
    const now = motion()
      .map((to) => reference.advance(to))
      .at(-1)!;
    const last = motion().at(-1)!;
    const order = packGrid(bundle).order;
    for (const strength of [1, 2]) {
      const { mesh, grid } = await after(motion(), strength);
      const expected = referenceFrame(
        model,
        bundle,
        last,
        1,
        now.map((y) => strength * y),
      );
      const still = referenceFrame(model, bundle, last, 1);
      let [meshError, gridError, moved] = [0, 0, 0];
      for (let v = 0; v < bundle.mesh.source.length; v += 5) {
        const [x, y] = expected.mesh(v);
        meshError = Math.max(meshError, Math.abs(toPx(mesh[4 * v]!, 1) - x), Math.abs(toPx(mesh[4 * v + 1]!, -1) - y));
      }
      order.forEach((v, k) => {
        const [x, y] = expected.grid(v);
        gridError = Math.max(gridError, Math.abs(toPx(grid[4 * k]!, 1) - x), Math.abs(toPx(grid[4 * k + 1]!, -1) - y));
        moved = Math.max(moved, Math.hypot(x - still.grid(v)[0], y - still.grid(v)[1]));
      });
      expect(meshError).toBeLessThan(3 * TOLERANCE_PX); // int8 modes, and small ones left out
      expect(gridError).toBeLessThan(2 * TOLERANCE_PX);
      expect(moved).toBeGreaterThan(10 * TOLERANCE_PX);
    }
  });

  it('is mixed between two motion frames like the latent', async () => {
    const still = latentOf(model, { jawOpen: 0.3 });
    const held = [...motion(), still, still];
    // With the latent held, only the secondary motion moves: its middle is the middle.
    const [from, to, middle] = [await after(held, 1, 0), await after(held, 1, 1), await after(held, 1, 0.5)];
    expect(differs(from.grid, to.grid)).toBeGreaterThan(1e-5);
    expect(
      differs(
        middle.grid,
        from.grid.map((x, i) => (x + to.grid[i]!) / 2),
      ),
    ).toBeLessThan(1e-5);
  });

  it('leaves no trace when it is off, and shows the rest as the photo', async () => {
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
