/**
 * @file Sets up the backend of the motion model: WGSL, WASM, or with `auto` the better of the two.
 *
 * Without a GPU there is only WASM. On a software adapter `auto` takes it without a measurement: a WGSL step takes most of a 40 ms
 * frame there, and drawing needs the same processor. On a GPU it sets up both, times a few steps of each, and keeps the faster one.
 */

import { TalkingPortraitError } from '../errors';
import type { GpuDevice } from '../gpu/device';
import type { ModelLoader } from '../weights/model-loader';
import { createOnnxSessionFromBytes, loadOnnxRuntime } from '../weights/onnx-session';
import { type AdjustmentMaps, type AdjustmentSource, adjustmentMaps } from './adjustment-maps';
import { neutralAdjustment } from './motion-adjustment';
import type { MotionBackend } from './motion-backend';
import { type MotionWeights, parseMotionWeights } from './motion-weights';
import { WasmBackend } from './wasm-backend';
import { WasmMotion } from './wasm-motion';
import { WgslMotion } from './wgsl-motion';

export type MotionBackendOptions = { backend: 'auto' | 'wgsl' | 'wasm'; seed: number };

const WARM_UP_STEPS = 2;
const TIMED_STEPS = 8;

/**
 * Loads the motion model and sets up a backend for it.
 *
 * @param gpu undefined without a GPU
 * @param faceModel has the roles of the expressions: lips, lids, brows and eyes
 * @throws TalkingPortraitError 'weights-missing', 'weights-corrupt', 'unsupported'
 */
export async function createMotionBackend(
  gpu: GpuDevice | undefined,
  loader: ModelLoader,
  faceModel: AdjustmentSource,
  { backend, seed }: MotionBackendOptions,
): Promise<MotionBackend> {
  const bytes = await loader.load('motion.safetensors');
  const weights = parseMotionWeights(bytes);
  const maps = adjustmentMaps(faceModel);
  return chooseBackend(backend, gpu, {
    wgsl: async () => WgslMotion.create(gpu ?? missingGpu(), weights, { seed, maps }),
    wasm: () => createWasm(loader, bytes, weights, maps, seed),
  });
}

/** Functions that set up the backends, called only when needed. */
type BackendFactories = { wgsl: () => Promise<MotionBackend>; wasm: () => Promise<MotionBackend> };

/** The requested backend, or with `auto` the faster one. If one of the two cannot be set up, `auto` takes the other. */
export async function chooseBackend(
  wanted: MotionBackendOptions['backend'],
  gpu: Pick<GpuDevice, 'device' | 'isFallback'> | undefined,
  make: BackendFactories,
): Promise<MotionBackend> {
  if (wanted !== 'auto') return make[wanted]();
  if (!gpu) return make.wasm();
  if (gpu.isFallback) return make.wasm().catch(() => make.wgsl());
  const results = await Promise.allSettled([make.wgsl(), make.wasm()]);
  const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [first, second] = made;
  if (!first) throw (results[0] as PromiseRejectedResult).reason;
  if (!second) return first;
  const isFirstFaster = (await msPerStep(gpu.device, first)) <= (await msPerStep(gpu.device, second));
  const [chosen, other] = isFirstFaster ? [first, second] : [second, first];
  other.destroy();
  chosen.reset();
  return chosen;
}

/** Mean time of a step, ms, until the GPU is done. */
async function msPerStep(device: GPUDevice, backend: MotionBackend): Promise<number> {
  const embedding = new Float32Array(backend.config.embeddingSize);
  const adjustment = neutralAdjustment();
  let start = 0;
  for (let frame = 0; frame < WARM_UP_STEPS + TIMED_STEPS; frame++) {
    if (frame === WARM_UP_STEPS) {
      await device.queue.onSubmittedWorkDone();
      start = performance.now();
    }
    const encoder = device.createCommandEncoder({ label: 'motion calibration' });
    await backend.step(encoder, frame, embedding, adjustment);
    device.queue.submit([encoder.finish()]);
  }
  await device.queue.onSubmittedWorkDone();
  return (performance.now() - start) / TIMED_STEPS;
}

function missingGpu(): never {
  const remedy = 'Use the backend "auto" or "wasm", or the renderer "webgpu".';
  throw new TalkingPortraitError('unsupported', 'The backend "wgsl" needs WebGPU, which is not used here.', remedy);
}

async function createWasm(
  loader: ModelLoader,
  bytes: ArrayBuffer,
  { config }: MotionWeights,
  maps: AdjustmentMaps,
  seed: number,
): Promise<MotionBackend> {
  const [ort, graph] = await Promise.all([loadOnnxRuntime(), loader.load('motion.onnx')]);
  const session = await createOnnxSessionFromBytes(ort, 'motion', new Uint8Array(graph), new Uint8Array(bytes));
  const motion = await WasmMotion.create(session, config, { seed });
  return new WasmBackend(motion, maps);
}
