/** @file The WGSL motion step against the goldens of PyTorch (training/export.py), in both variants of the kernels. */

import { beforeAll, describe, expect, it } from 'vitest';
import { GPU_TUNING, SOFTWARE_TUNING } from '../../src/kernels/kernel-tuning';
import { type MotionWeights, parseMotionWeights } from '../../src/motion/motion-weights';
import { WgslMotion } from '../../src/motion/wgsl-motion';
import { nodeModelLoader } from '../fixtures/node-models';
import { largestDifference } from '../reference/compare';
import { motionGolden } from '../reference/motion-golden';
import { readBuffer, readFloats, testDevice } from '../fixtures/gpu-device';

const LATENT_TOLERANCE = 1e-3;
const LOGIT_TOLERANCE = 1e-3;

let weights: MotionWeights;

beforeAll(async () => {
  weights = parseMotionWeights(await nodeModelLoader().load('motion.safetensors'));
});

// 70 frames are more than the window. Barriers are so slow on a software adapter that the GPU variant runs for a few frames only;
// motion-long-run.test.ts takes both variants of a small model around the ring many times.
const { seed, temperature, topK } = motionGolden;
const sampler = { seed, temperature, topK };

describe.each([
  ['GPU variant', GPU_TUNING, 12, 4],
  ['software variant', SOFTWARE_TUNING, 70, 70],
])('%s', (_, tuning, greedyLimit, sampledLimit) => {
  it('reproduces the tokens, logits and latents of the greedy golden', async () => {
    const gpu = await testDevice();
    const motion = await WgslMotion.create(gpu, weights, { ...sampler, temperature: 0, tuning });
    expect(motion.dispatches).toBeLessThanOrEqual(24);
    const frames = Math.min(greedyLimit, motionGolden.frames('tokens'));
    const logitFrames = Array.from(motionGolden.values('logits_frames'));
    for (let frame = 0; frame < frames; frame++) {
      const encoder = gpu.device.createCommandEncoder();
      motion.step(encoder, frame, motionGolden.row('embedding', frame));
      gpu.device.queue.submit([encoder.finish()]);
      const tokens = new Uint32Array(await readBuffer(gpu.device, motion.tokens));
      expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(Array.from(motionGolden.row('tokens', frame)));
      const latent = await readFloats(gpu.device, motion.latent);
      expect(largestDifference(latent, motionGolden.row('latent', frame)), `latent of frame ${frame}`).toBeLessThan(
        LATENT_TOLERANCE,
      );
      const at = logitFrames.indexOf(frame);
      if (at >= 0) {
        const logits = await readFloats(gpu.device, motion.logits);
        expect(largestDifference(logits, motionGolden.row('logits', at)), `logits of frame ${frame}`).toBeLessThan(
          LOGIT_TOLERANCE,
        );
      }
    }
    motion.destroy();
  });

  it('reproduces the tokens of the sampled golden', async () => {
    const gpu = await testDevice();
    const motion = await WgslMotion.create(gpu, weights, { ...sampler, tuning });
    const frames = Math.min(sampledLimit, motionGolden.frames('sampled_tokens'));
    for (let frame = 0; frame < frames; frame++) {
      const encoder = gpu.device.createCommandEncoder();
      motion.step(encoder, frame, motionGolden.row('embedding', frame));
      gpu.device.queue.submit([encoder.finish()]);
      const tokens = new Uint32Array(await readBuffer(gpu.device, motion.tokens));
      expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(
        Array.from(motionGolden.row('sampled_tokens', frame)),
      );
    }
    motion.destroy();
  });
});
