/** @file The whole motion step of a small random model through hundreds of frames, against the CPU reference. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { GpuDevice } from '../../src/gpu/device';
import { GPU_TUNING, type KernelTuning, SOFTWARE_TUNING } from '../../src/kernels/kernel-tuning';
import { parseMotionWeights } from '../../src/motion/motion-weights';
import { WgslMotion } from '../../src/motion/wgsl-motion';
import { largestDifference } from '../reference/compare';
import { MotionReference } from '../reference/motion-reference';
import { normals, randomMotionFile, SMALL_CONFIG } from '../reference/random-motion';
import { readBuffer, readFloats, testDevice } from '../fixtures/gpu-device';

const weights = parseMotionWeights(randomMotionFile(SMALL_CONFIG, 11));
const embeddingOf = (frame: number): Float32Array => normals(SMALL_CONFIG.embeddingSize, 500 + frame);
let gpu: GpuDevice;

beforeAll(async () => {
  gpu = await testDevice();
});

async function step(motion: WgslMotion, frame: number): Promise<{ tokens: number[]; latent: Float32Array }> {
  const encoder = gpu.device.createCommandEncoder();
  motion.step(encoder, frame, embeddingOf(frame));
  gpu.device.queue.submit([encoder.finish()]);
  return {
    tokens: Array.from(new Uint32Array(await readBuffer(gpu.device, motion.tokens))),
    latent: await readFloats(gpu.device, motion.latent),
  };
}

describe.each([
  ['GPU variant', GPU_TUNING, 100],
  ['software variant', SOFTWARE_TUNING, 400],
])('%s', (_, tuning: KernelTuning, frames) => {
  it(`agrees with the reference for ${frames} frames, many times around the ring of ${SMALL_CONFIG.window}`, async () => {
    const sampler = { seed: 3, temperature: 0, topK: 1 };
    const motion = await WgslMotion.create(gpu, weights, { ...sampler, tuning });
    const reference = new MotionReference(weights, sampler);
    const seen = new Set<string>();
    for (let frame = 0; frame < frames; frame++) {
      const actual = await step(motion, frame);
      const expected = reference.step(frame, embeddingOf(frame));
      expect(actual.tokens, `tokens of frame ${frame}`).toEqual(expected.tokens);
      expect(largestDifference(actual.latent, expected.latent), `latent of frame ${frame}`).toBeLessThan(1e-3);
      seen.add(actual.tokens.join());
    }
    expect(seen.size).toBeGreaterThan(frames / 3); // agreement on a face that does not move would mean little
    motion.destroy();
  });

  it('samples like the reference, and again after a reset', async () => {
    const sampler = { seed: -5 >>> 0, temperature: 0.8, topK: 7 };
    const motion = await WgslMotion.create(gpu, weights, { seed: -5, temperature: 0.8, topK: 7, tuning });
    const reference = new MotionReference(weights, sampler);
    for (let round = 0; round < 2; round++) {
      for (let frame = 100; frame < 120; frame++) {
        const actual = await step(motion, frame);
        expect(actual.tokens, `tokens of frame ${frame}`).toEqual(reference.step(frame, embeddingOf(frame)).tokens);
      }
      motion.reset();
      reference.reset();
    }
    motion.destroy();
  });
});

describe('WgslMotion', () => {
  it('takes one pass with five dispatches for each layer and four others', async () => {
    const motion = await WgslMotion.create(gpu, weights, { seed: 1 });
    expect(motion.dispatches).toBe(4 + 5 * SMALL_CONFIG.layers);
    let passes = 0;
    const encoder = gpu.device.createCommandEncoder();
    const counting = new Proxy(encoder, {
      get(target, name) {
        if (name === 'beginComputePass') passes++;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    motion.step(counting, 0, embeddingOf(0));
    expect(passes).toBe(1);
    motion.destroy();
  });

  it('changes the sampling at run time', async () => {
    const motion = await WgslMotion.create(gpu, weights, { seed: 1, temperature: 0 });
    const run = async (): Promise<string> => {
      motion.reset();
      const all: number[][] = [];
      for (let frame = 0; frame < 8; frame++) all.push((await step(motion, frame)).tokens);
      return all.join(' ');
    };
    const greedy = await run();
    expect(await run()).toBe(greedy);
    motion.setSampler({ temperature: 3, topK: SMALL_CONFIG.codebookSize });
    const sampled = await run();
    expect(sampled).not.toBe(greedy);
    motion.setSampler({ seed: 2 });
    expect(await run()).not.toBe(sampled);
    motion.setSampler({ seed: 1, temperature: 0 });
    expect(await run()).toBe(greedy);
    motion.destroy();
  });

  it('refuses an embedding of the wrong length and invalid sampling options', async () => {
    const motion = await WgslMotion.create(gpu, weights, { seed: 1 });
    const encoder = gpu.device.createCommandEncoder();
    expect(() => motion.step(encoder, 0, new Float32Array(5))).toThrow(/wrong length. \(5\)/);
    expect(() => motion.setSampler({ temperature: -1 })).toThrow(/temperature/);
    expect(() => motion.setSampler({ topK: 0 })).toThrow(/topK/);
    expect(() => motion.setSampler({ seed: 0.5 })).toThrow(/seed/);
    motion.destroy();
  });
});
