/** @file The WGSL motion step against PyTorch's goldens (training/export.py), in both variants of the kernels. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GPU_TUNING, SOFTWARE_TUNING } from '../../src/kernels/kernel-tuning';
import { parseMotionWeights } from '../../src/motion/motion-weights';
import { WgslMotion } from '../../src/motion/wgsl-motion';
import { parseSafetensors, toFloat32, type Tensor } from '../../src/weights/safetensors';
import { largestDifference } from '../reference/compare';
import { readBuffer, readFloats, testDevice } from './gpu-fixture';

const LATENT_TOLERANCE = 1e-3;
const LOGIT_TOLERANCE = 1e-3;

function readFile(path: string): ArrayBuffer {
  const file = readFileSync(new URL(`../../${path}`, import.meta.url));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
}

const golden = parseSafetensors(readFile('test/goldens/motion.safetensors'));
const weights = parseMotionWeights(readFile('models/motion.safetensors'));
const about = JSON.parse(golden.metadata['about'] ?? '') as { seed: number; temperature: number; topK: number };

function tensor(name: string): Tensor {
  const found = golden.tensors.get(name);
  if (!found) throw new Error(`the goldens have no ${name}`);
  return found;
}

function row(name: string, index: number): Float32Array {
  const { shape } = tensor(name);
  const length = shape.slice(1).reduce((product, size) => product * size, 1);
  return toFloat32(tensor(name)).subarray(index * length, (index + 1) * length);
}

// A barrier costs so much on a software adapter that the GPU variant gets a short run there; motion-long-run.test.ts
// takes both variants of a small model around the ring many times.
describe.each([
  ['GPU variant', GPU_TUNING, 12],
  ['software variant', SOFTWARE_TUNING, 100],
])('%s', (_, tuning, limit) => {
  it('reproduces the greedy golden: tokens, logits, latents', async () => {
    const gpu = await testDevice();
    const motion = await WgslMotion.create(gpu, weights, { ...about, temperature: 0, tuning });
    expect(motion.dispatches).toBeLessThanOrEqual(24);
    const frames = Math.min(limit, tensor('tokens').shape[0]!);
    const logitFrames = Array.from(tensor('logits_frames').data);
    for (let frame = 0; frame < frames; frame++) {
      const encoder = gpu.device.createCommandEncoder();
      motion.encode(encoder, frame, row('embedding', frame));
      gpu.device.queue.submit([encoder.finish()]);
      const tokens = new Uint32Array(await readBuffer(gpu.device, motion.tokens));
      expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(Array.from(row('tokens', frame)));
      const latent = await readFloats(gpu.device, motion.latent);
      expect(largestDifference(latent, row('latent', frame)), `latent of frame ${frame}`).toBeLessThan(LATENT_TOLERANCE);
      const at = logitFrames.indexOf(frame);
      if (at >= 0) {
        const logits = await readFloats(gpu.device, motion.logits);
        expect(largestDifference(logits, row('logits', at)), `logits of frame ${frame}`).toBeLessThan(LOGIT_TOLERANCE);
      }
    }
    motion.destroy();
  });

  it('reproduces the sampled golden', async () => {
    const gpu = await testDevice();
    const motion = await WgslMotion.create(gpu, weights, { ...about, tuning });
    const frames = Math.min(limit / 4, tensor('sampled_tokens').shape[0]!);
    for (let frame = 0; frame < frames; frame++) {
      const encoder = gpu.device.createCommandEncoder();
      motion.encode(encoder, frame, row('embedding', frame));
      gpu.device.queue.submit([encoder.finish()]);
      const tokens = new Uint32Array(await readBuffer(gpu.device, motion.tokens));
      expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(Array.from(row('sampled_tokens', frame)));
    }
    motion.destroy();
  });
});
