/** @file The choice between the backends of the motion model, with made-up backends of known speed. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseBackend } from '../../../src/motion/choose-backend';
import type { MotionBackend } from '../../../src/motion/motion-backend';
import type { MotionConfig } from '../../../src/motion/motion-weights';

// A clock that only the backends move: the choice is tested, not this machine's speed.
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
    tokens: {} as GPUBuffer,
    config: { embeddingSize: 256 } as MotionConfig,
    setSampler: () => {},
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
  it.each(['wgsl', 'wasm'] as const)('takes %s when told so, and sets nothing else up', async (wanted) => {
    const make = makers(fake('wgsl', 1).backend, fake('wasm', 1).backend);
    expect((await chooseBackend(wanted, { device, isFallback: false }, make)).kind).toBe(wanted);
    expect(make[wanted === 'wgsl' ? 'wasm' : 'wgsl']).not.toHaveBeenCalled();
  });

  it.each([
    [1, 4, 'wgsl'],
    [4, 1, 'wasm'],
  ])('takes the faster one: WGSL %i ms, WASM %i ms', async (wgslMs, wasmMs, expected) => {
    const [wgsl, wasm] = [fake('wgsl', wgslMs), fake('wasm', wasmMs)];
    const chosen = await chooseBackend('auto', { device, isFallback: false }, makers(wgsl.backend, wasm.backend));
    expect(chosen.kind).toBe(expected);
    const [kept, other] = expected === 'wgsl' ? [wgsl, wasm] : [wasm, wgsl];
    expect(kept.calls).toMatchObject({ resets: 1, destroyed: false }); // the calibration leaves no history
    expect(other.calls.destroyed).toBe(true);
  });

  it('does not even set WGSL up on a software adapter', async () => {
    const make = makers(fake('wgsl', 1).backend, fake('wasm', 9).backend);
    expect((await chooseBackend('auto', { device, isFallback: true }, make)).kind).toBe('wasm');
    expect(make.wgsl).not.toHaveBeenCalled();
  });

  it('gets along with the one that can be set up', async () => {
    const broken = new Error('no');
    const wgslOnly = makers(fake('wgsl', 1).backend, broken);
    expect((await chooseBackend('auto', { device, isFallback: false }, wgslOnly)).kind).toBe('wgsl');
    expect((await chooseBackend('auto', { device, isFallback: true }, wgslOnly)).kind).toBe('wgsl');
    const wasmOnly = makers(broken, fake('wasm', 1).backend);
    expect((await chooseBackend('auto', { device, isFallback: false }, wasmOnly)).kind).toBe('wasm');
    await expect(chooseBackend('auto', { device, isFallback: false }, makers(broken, broken))).rejects.toBe(broken);
  });
});
