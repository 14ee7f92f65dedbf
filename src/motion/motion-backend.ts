/**
 * @file One door for the two backends of the motion transformer, and the choice between them.
 *
 * `auto`: on a software adapter WASM at once (a step in WGSL takes most of a 40 ms frame there, and the drawing needs the
 * adapter). On a GPU both are set up, a few steps of each are timed, and the faster one stays.
 */

import type { AudioEmbedding } from '../core/audio-types';
import type { MotionControls } from '../options/controls';
import type { GpuDevice } from '../gpu/device';
import type { ModelLoader } from '../weights/model-loader';
import { createOnnxSessionFromBytes, loadOnnxRuntime } from '../weights/onnx-session';
import { type MotionWeights, parseMotionWeights } from './motion-weights';
import { ProceduralMotion } from './procedural-motion';
import { type AdjustmentMaps, type AdjustmentSource, adjustmentMaps } from './adjustment-maps';
import { WasmBackend } from './wasm-backend';
import { WasmMotion } from './wasm-motion';
import { WgslBackend } from './wgsl-backend';
import { WgslMotion } from './wgsl-motion';

/** Makes a motion frame of an audio embedding and of what it made before. */
export type MotionBackend = {
  readonly kind: 'wgsl' | 'wasm';
  /** f32[70], the newest MotionLatent, once the commands of its step are submitted. COPY_SRC. */
  readonly latent: GPUBuffer;
  /** u32[levels], its residual-VQ codes. COPY_SRC. */
  readonly tokens: GPUBuffer;
  /** Blinks, gaze, head and brows, and what the controls do to the model's motion. */
  readonly procedural: ProceduralMotion;
  /** Adds the commands (WGSL) or writes the result through the queue (WASM). One step a command buffer. */
  step(encoder: GPUCommandEncoder, frame: number, embedding: AudioEmbedding): Promise<void> | void;
  /** New controls, checked, from the next frame on. */
  setControls(controls: Readonly<MotionControls>): void;
  /** Back to the start: history forgotten. */
  reset(): void;
  destroy(): void;
};

export type MotionBackendOptions = { backend: 'auto' | 'wgsl' | 'wasm'; seed: number };

const WARM_UP_STEPS = 2;
const TIMED_STEPS = 8;

/**
 * Loads the motion model and sets a backend up.
 *
 * @param faceModel tells which keypoints are lips, lids, brows and eyes
 * @throws TalkingPortraitError 'weights-missing', 'weights-corrupt', 'unsupported'
 */
export async function createMotionBackend(
  gpu: GpuDevice,
  loader: ModelLoader,
  faceModel: AdjustmentSource,
  { backend, seed }: MotionBackendOptions,
): Promise<MotionBackend> {
  const bytes = await loader.load('motion.safetensors');
  const weights = parseMotionWeights(bytes);
  const maps = adjustmentMaps(faceModel);
  return chooseBackend(backend, gpu, weights.config.embeddingSize, {
    wgsl: () => createWgsl(gpu, weights, maps, seed),
    wasm: () => createWasm(gpu, loader, bytes, weights, maps, seed),
  });
}

/** Sets the backends up, each on demand. */
export type BackendMakers = { wgsl: () => Promise<MotionBackend>; wasm: () => Promise<MotionBackend> };

/**
 * The wanted backend, or with `auto` the faster one. A backend that cannot be set up leaves `auto` with the other.
 *
 * @param embeddingSize length of the audio embedding that the timed steps take
 */
export async function chooseBackend(
  wanted: MotionBackendOptions['backend'],
  gpu: Pick<GpuDevice, 'device' | 'isFallback'>,
  embeddingSize: number,
  make: BackendMakers,
): Promise<MotionBackend> {
  if (wanted !== 'auto') return make[wanted]();
  if (gpu.isFallback) return make.wasm().catch(() => make.wgsl());
  const results = await Promise.allSettled([make.wgsl(), make.wasm()]);
  const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [first, second] = made;
  if (!first) throw (results[0] as PromiseRejectedResult).reason;
  if (!second) return first;
  const faster =
    (await msPerStep(gpu.device, first, embeddingSize)) <= (await msPerStep(gpu.device, second, embeddingSize));
  const [chosen, other] = faster ? [first, second] : [second, first];
  other.destroy();
  chosen.reset();
  return chosen;
}

/** Milliseconds a step, in sequence, until the GPU is done. */
export async function msPerStep(device: GPUDevice, backend: MotionBackend, embeddingSize: number): Promise<number> {
  const embedding: AudioEmbedding = { frame: 0, values: new Float32Array(embeddingSize), speech: 0, level: -100 };
  let start = 0;
  for (let frame = 0; frame < WARM_UP_STEPS + TIMED_STEPS; frame++) {
    if (frame === WARM_UP_STEPS) {
      await device.queue.onSubmittedWorkDone();
      start = performance.now();
    }
    const encoder = device.createCommandEncoder({ label: 'motion calibration' });
    await backend.step(encoder, frame, embedding);
    device.queue.submit([encoder.finish()]);
  }
  await device.queue.onSubmittedWorkDone();
  return (performance.now() - start) / TIMED_STEPS;
}

async function createWgsl(
  gpu: GpuDevice,
  weights: MotionWeights,
  maps: AdjustmentMaps,
  seed: number,
): Promise<MotionBackend> {
  return new WgslBackend(await WgslMotion.create(gpu, weights, { seed, maps }), new ProceduralMotion(seed));
}

async function createWasm(
  gpu: GpuDevice,
  loader: ModelLoader,
  bytes: ArrayBuffer,
  { config }: MotionWeights,
  maps: AdjustmentMaps,
  seed: number,
): Promise<MotionBackend> {
  const [ort, graph] = await Promise.all([loadOnnxRuntime(), loader.load('motion.onnx')]);
  const session = await createOnnxSessionFromBytes(ort, 'motion', new Uint8Array(graph), new Uint8Array(bytes));
  const motion = await WasmMotion.create(session, config, { seed });
  return new WasmBackend(gpu.device, motion, config.levels, new ProceduralMotion(seed), maps);
}
