/** @file The two backends of the shipped motion model, Dawn and onnxruntime's WASM, against the goldens of PyTorch and each other. */

import { beforeAll, describe, expect, it } from 'vitest';
import { ARTICULATION_SIZE, type AudioEmbedding } from '../../src/core/audio-types';
import { type MotionControls, resolveControls } from '../../src/options/controls';
import { MOTION } from '../../src/core/motion-latent';
import { headFrameDelta } from '../../src/core/motion-record';
import type { GpuDevice } from '../../src/gpu/device';
import { createMotionBackend } from '../../src/motion/choose-backend';
import type { MotionBackend } from '../../src/motion/motion-backend';
import { MotionGenerator } from '../../src/motion/motion-generator';
import { CLOSED_GAP_IOD } from '../../src/motion/motion-adjustment';
import { parseMotionWeights } from '../../src/motion/motion-weights';
import { EXPRESSION_ROLE, EXPRESSION_ROLE_STRIDE, adjustmentMaps } from '../../src/motion/adjustment-maps';
import { WasmMotion } from '../../src/motion/wasm-motion';
import { loadFaceModel } from '../../src/weights/face-model';
import { createOnnxSession, loadOnnxRuntime } from '../../src/weights/onnx-session';
import { nodeModelLoader, nodeOnnxOptions } from '../fixtures/node-models';
import { largestDifference } from '../reference/compare';
import { motionGolden } from '../reference/motion-golden';
import { matVec } from '../reference/motion-reference';
import { testDevice } from '../fixtures/gpu-device';

const LATENT_TOLERANCE = 1e-3;
/** On a busy machine a step takes a second on a software adapter. */
const HOOK_TIMEOUT_MS = 300_000;
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
  it('reproduces tokens and latents of the greedy golden, and again after a reset', async () => {
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

  it('reproduces the tokens of the sampled golden', async () => {
    const motion = await wasmMotion();
    for (let frame = 0; frame < motionGolden.frames('sampled_tokens'); frame++) {
      const { tokens } = await motion.step(frame, motionGolden.row('embedding', frame));
      expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(
        Array.from(motionGolden.row('sampled_tokens', frame)),
      );
    }
    await motion.release();
  });

  it('refuses a topK larger than the codebook, and an embedding of the wrong length', async () => {
    const motion = await wasmMotion();
    await expect(motion.step(0, new Float32Array(3))).rejects.toThrow(/wrong length/);
    expect(() => motion.setSampler({ topK: 257 })).toThrow(/topK/);
    await motion.release();
  });

  it('takes the most probable token with a topK of one at any temperature', async () => {
    const motion = await wasmMotion();
    motion.setSampler({ topK: 1, temperature: 1.4 });
    for (let frame = 0; frame < 12; frame++) {
      const { tokens } = await motion.step(frame, motionGolden.row('embedding', frame));
      expect(Array.from(tokens), `tokens of frame ${frame}`).toEqual(Array.from(motionGolden.row('tokens', frame)));
    }
    await motion.release();
  });
});

describe('MotionGenerator', () => {
  type Run = { tokens: number[][]; latents: Float32Array[] };

  /** Some frames of the voice are louder, so that accents move the head. */
  async function run(backend: MotionBackend, changes: Partial<MotionControls>, frames: number): Promise<Run> {
    const tokens: number[][] = [];
    const latents: Float32Array[] = [];
    backend.reset();
    const motion = new MotionGenerator(backend, motionGolden.seed);
    motion.setControls(resolveControls(changes));
    for (let frame = 0; frame < frames; frame++) {
      const level = frame % 10 === 4 ? -15 : -35;
      const values = motionGolden.row('embedding', frame);
      const articulation = new Float32Array(ARTICULATION_SIZE);
      const embedding: AudioEmbedding = { frame, values, speech: 1, speaking: true, articulation, level };
      const encoder = gpu.device.createCommandEncoder();
      await motion.step(encoder, embedding);
      gpu.device.queue.submit([encoder.finish()]);
      const made = await motion.read();
      tokens.push([...made.tokens]);
      latents.push(made.latent);
    }
    return { tokens, latents };
  }

  async function backends(): Promise<MotionBackend[]> {
    const loader = nodeModelLoader();
    const faceModel = await loadFaceModel(loader);
    const { seed } = motionGolden;
    return Promise.all(
      (['wgsl', 'wasm'] as const).map((backend) => createMotionBackend(gpu, loader, faceModel, { backend, seed })),
    );
  }

  const FRAMES = 14;
  const SETTINGS: Record<string, Partial<MotionControls>> = {
    default: {},
    large: { mouthAmplitude: 2, expressiveness: 2, gaze: { x: -12, y: 6 } },
    'small, still, greedy': { mouthAmplitude: 0.3, expressiveness: 0.4, stillness: 1, temperature: 0 },
    'wild, of few': { temperature: 2, topK: 12 },
  };
  const runs = new Map<string, { wgsl: Run; wasm: Run }>();

  beforeAll(async () => {
    const [wgsl, wasm] = await backends();
    expect([wgsl!.kind, wasm!.kind]).toEqual(['wgsl', 'wasm']);
    for (const [name, changes] of Object.entries(SETTINGS)) {
      runs.set(name, { wgsl: await run(wgsl!, changes, FRAMES), wasm: await run(wasm!, changes, FRAMES) });
    }
    wgsl!.destroy();
    wasm!.destroy();
  }, HOOK_TIMEOUT_MS);

  it.each(Object.keys(SETTINGS))('gives the same tokens and latents on both backends with settings: %s', (name) => {
    const { wgsl, wasm } = runs.get(name)!;
    expect(wgsl.tokens).toEqual(wasm.tokens);
    wgsl.latents.forEach((latent, frame) => {
      expect(largestDifference(latent, wasm.latents[frame]!), `latent of frame ${frame}`).toBeLessThan(
        LATENT_TOLERANCE,
      );
    });
  });

  it('changes the tokens with the sampling, but not with the adjustment', () => {
    const tokens = (name: string): number[][] => runs.get(name)!.wasm.tokens;
    expect(tokens('large')).toEqual(tokens('default'));
    expect(tokens('small, still, greedy')).not.toEqual(tokens('default'));
    expect(tokens('wild, of few')).not.toEqual(tokens('default'));
  });

  it('adds procedural motion to that of the model, and none at stillness 1', () => {
    const last = FRAMES - 1;
    const pose = ({ latents }: Run): number[] => Array.from(latents[last]!.subarray(MOTION.pitch, MOTION.scale));
    expect(
      largestDifference(runs.get('default')!.wasm.latents[last]!, motionGolden.row('sampled_latent', last)),
    ).toBeGreaterThan(0.01);
    expect(Math.max(...pose(runs.get('small, still, greedy')!.wasm).map(Math.abs))).toBe(0);
  });

  it('opens the mouth further with a large amplitude, except where the lips are closed', async () => {
    const { roles, read } = adjustmentMaps(await loadFaceModel(nodeModelLoader()));
    const gaps = (name: string): number[] =>
      runs
        .get(name)!
        .wgsl.latents.map((latent) =>
          matVec(read, headFrameDelta(latent)).reduce(
            (sum, value, e) => sum + value * roles[e * EXPRESSION_ROLE_STRIDE + EXPRESSION_ROLE.gap]!,
            0,
          ),
        );
    const [plain, large] = [gaps('default'), gaps('large')];
    // The golden decides how many frames close the lips; test/unit/motion/motion-adjustment.test.ts has closures of its own.
    expect(Math.max(...large)).toBeGreaterThan(1.2 * Math.max(...plain));
    plain.forEach((gap, frame) => {
      const most = gap < CLOSED_GAP_IOD ? gap : 2 * gap;
      expect(large[frame]!, `frame ${frame}`).toBeGreaterThan(gap - 5e-4);
      expect(large[frame]!, `frame ${frame}`).toBeLessThan(most + 1e-3);
    });
  });

  it('takes WASM on a software adapter without a measurement', async () => {
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
