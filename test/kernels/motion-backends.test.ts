/** @file The two backends of the shipped motion model, Dawn and onnxruntime's WASM, against PyTorch's goldens and one another. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { AudioEmbedding } from '../../src/core/audio-types';
import type { GpuDevice } from '../../src/gpu/device';
import { createMotionBackend, type MotionBackend } from '../../src/motion/motion-backend';
import { parseMotionWeights } from '../../src/motion/motion-weights';
import { WasmMotion } from '../../src/motion/wasm-motion';
import { loadFaceModel } from '../../src/weights/face-model';
import { createOnnxSession, loadOnnxRuntime } from '../../src/weights/onnx-session';
import { nodeModelLoader, nodeOnnxOptions } from '../fixtures/node-models';
import { largestDifference } from '../reference/compare';
import { motionGolden } from '../reference/motion-golden';
import { readBuffer, readFloats, testDevice } from './gpu-fixture';

const LATENT_TOLERANCE = 1e-3;
let gpu: GpuDevice;

beforeAll(async () => {
  gpu = await testDevice();
  await loadOnnxRuntime(await nodeOnnxOptions());
});

async function wasmMotion(temperature?: number): Promise<WasmMotion> {
  const loader = nodeModelLoader();
  const { config } = parseMotionWeights(await loader.load('motion.safetensors'));
  const session = await createOnnxSession(loader, 'motion');
  return WasmMotion.create(session, config, {
    seed: motionGolden.seed,
    ...(temperature !== undefined && { temperature }),
  });
}

describe('WasmMotion', () => {
  it('reproduces the greedy golden, tokens and latents, and repeats it after a reset', async () => {
    const motion = await wasmMotion(0);
    for (let round = 0; round < 2; round++) {
      for (let frame = 0; frame < (round ? 10 : motionGolden.frames('tokens')); frame++) {
        const { tokens, latent } = await motion.step(frame, motionGolden.row('embedding', frame));
        expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(Array.from(motionGolden.row('tokens', frame)));
        expect(largestDifference(latent, motionGolden.row('latent', frame))).toBeLessThan(LATENT_TOLERANCE);
      }
      motion.reset();
    }
    await motion.release();
  });

  it('reproduces the sampled golden', async () => {
    const motion = await wasmMotion();
    for (let frame = 0; frame < motionGolden.frames('sampled_tokens'); frame++) {
      const { tokens } = await motion.step(frame, motionGolden.row('embedding', frame));
      expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(
        Array.from(motionGolden.row('sampled_tokens', frame)),
      );
    }
    await motion.release();
  });

  it('refuses a topK that the codebook has not, and an embedding of another length', async () => {
    const motion = await wasmMotion();
    await expect(motion.step(0, new Float32Array(3))).rejects.toThrow(/wrong length/);
    expect(() => motion.setSampler({ topK: 257 })).toThrow(/topK/);
    await motion.release();
  });

  it('takes the likeliest token with a topK of one, whatever the temperature', async () => {
    const motion = await wasmMotion();
    motion.setSampler({ topK: 1, temperature: 1.4 });
    for (let frame = 0; frame < 12; frame++) {
      const { tokens } = await motion.step(frame, motionGolden.row('embedding', frame));
      expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(Array.from(motionGolden.row('tokens', frame)));
    }
    await motion.release();
  });
});

describe('createMotionBackend', () => {
  async function run(backend: MotionBackend, frames: number) {
    const tokens: number[][] = [];
    const latents: Float32Array[] = [];
    for (let frame = 0; frame < frames; frame++) {
      const embedding: AudioEmbedding = { frame, values: motionGolden.row('embedding', frame), speech: 1, level: -20 };
      const encoder = gpu.device.createCommandEncoder();
      await backend.step(encoder, frame, embedding);
      gpu.device.queue.submit([encoder.finish()]);
      tokens.push(Array.from(new Uint32Array(await readBuffer(gpu.device, backend.tokens))));
      latents.push(await readFloats(gpu.device, backend.latent));
    }
    return { tokens, latents };
  }

  it('gives the same tokens and latents, idle life included, on both backends', async () => {
    const loader = nodeModelLoader();
    const faceModel = await loadFaceModel(loader);
    const [wgsl, wasm] = await Promise.all(
      (['wgsl', 'wasm'] as const).map((backend) =>
        createMotionBackend(gpu, loader, faceModel, { backend, seed: motionGolden.seed }),
      ),
    );
    expect([wgsl!.kind, wasm!.kind]).toEqual(['wgsl', 'wasm']);
    const frames = 30;
    const [a, b] = [await run(wgsl!, frames), await run(wasm!, frames)];
    expect(a.tokens).toEqual(b.tokens);
    for (let frame = 0; frame < frames; frame++) {
      expect(largestDifference(a.latents[frame]!, b.latents[frame]!), `latent of frame ${frame}`).toBeLessThan(
        LATENT_TOLERANCE,
      );
      // The golden has no idle life: something must have been added once the sway has begun.
      if (frame > 20)
        expect(largestDifference(a.latents[frame]!, motionGolden.row('sampled_latent', frame))).toBeGreaterThan(0.01);
    }
    wgsl!.destroy();
    wasm!.destroy();
  });

  it('takes WASM at once on a software adapter', async () => {
    const loader = nodeModelLoader();
    const faceModel = await loadFaceModel(loader);
    const backend = await createMotionBackend({ ...gpu, isFallback: true }, loader, faceModel, {
      backend: 'auto',
      seed: 1,
    });
    expect(backend.kind).toBe('wasm');
    backend.destroy();
  });
});
