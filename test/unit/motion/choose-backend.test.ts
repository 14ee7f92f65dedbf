/** @file The choice between the backends of the motion model, with fake backends of known speed. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseBackend } from '../../../src/motion/choose-backend';
import type { MotionBackend } from '../../../src/motion/motion-backend';
import type { MotionConfig } from '../../../src/motion/motion-weights';

// Only the backends advance this clock, so the result does not depend on the speed of the machine.
let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const device = {
  createCommandEncoder: () => ({ finish: () => ({}) }),
  queue: { submit: () => undefined, onSubmittedWorkDone: async () => undefined },
} as unknown as GPUDevice;

function fake(kind: 'wgsl' | 'wasm', stepMs: number) {
  const calls = { steps: 0, resets: 0, destroyed: false };
  const backend: MotionBackend = {
    kind,
    latent: {} as GPUBuffer,
    config: { embeddingSize: 256 } as MotionConfig,
    setSampler: () => {},
    read: async () => ({ latent: new Float32Array(70), tokens: new Uint32Array(6) }),
    step: async (_encoder, _frame, embedding) => {
      expect(embedding).toHaveLength(256);
      calls.steps++;
      nowMs += stepMs;
    },
    reset: () => void calls.resets++,
    destroy: () => void (calls.destroyed = true),
  };
  return { backend, calls };
}

function makers(wgsl: MotionBackend | Error, wasm: MotionBackend | Error) {
  const maker = (made: MotionBackend | Error) =>
    vi.fn(async () => {
      if (made instanceof Error) throw made;
      return made;
    });
  return { wgsl: maker(wgsl), wasm: maker(wasm) };
}

describe('chooseBackend', () => {
  it.each(['wgsl', 'wasm'] as const)('takes %s if asked for it, and sets up no other', async (wanted) => {
    const make = makers(fake('wgsl', 1).backend, fake('wasm', 1).backend);
    expect((await chooseBackend(wanted, { device, isFallback: false }, make)).kind).toBe(wanted);
    expect(make[wanted === 'wgsl' ? 'wasm' : 'wgsl']).not.toHaveBeenCalled();
  });

  it.each([
    [1, 4, 'wgsl'],
    [4, 1, 'wasm'],
  ])('takes the faster one of WGSL with %i ms and WASM with %i ms', async (wgslMs, wasmMs, expected) => {
    const [wgsl, wasm] = [fake('wgsl', wgslMs), fake('wasm', wasmMs)];
    const chosen = await chooseBackend('auto', { device, isFallback: false }, makers(wgsl.backend, wasm.backend));
    expect(chosen.kind).toBe(expected);
    const [kept, other] = expected === 'wgsl' ? [wgsl, wasm] : [wasm, wgsl];
    expect(kept.calls).toMatchObject({ resets: 1, destroyed: false }); // no history remains from the measurement
    expect(other.calls.destroyed).toBe(true);
  });

  it('does not set up WGSL on a software adapter', async () => {
    const make = makers(fake('wgsl', 1).backend, fake('wasm', 9).backend);
    expect((await chooseBackend('auto', { device, isFallback: true }, make)).kind).toBe('wasm');
    expect(make.wgsl).not.toHaveBeenCalled();
  });

  it('takes the other backend if one cannot be set up', async () => {
    const broken = new Error('no');
    const wgslOnly = makers(fake('wgsl', 1).backend, broken);
    expect((await chooseBackend('auto', { device, isFallback: false }, wgslOnly)).kind).toBe('wgsl');
    expect((await chooseBackend('auto', { device, isFallback: true }, wgslOnly)).kind).toBe('wgsl');
    const wasmOnly = makers(broken, fake('wasm', 1).backend);
    expect((await chooseBackend('auto', { device, isFallback: false }, wasmOnly)).kind).toBe('wasm');
    await expect(chooseBackend('auto', { device, isFallback: false }, makers(broken, broken))).rejects.toBe(broken);
  });
});
