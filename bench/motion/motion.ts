/**
 * @file Time of one motion step: both variants of the WGSL kernels and onnxruntime's WASM, on this machine's adapter.
 *
 *   npm run bench -- [--steps 40] [--threads 1] [--json FILE]
 *
 * Each step is timed on its own, from its recording until the GPU is done, with a full KV cache.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { create, globals } from 'webgpu';
import { requestDevice } from '../../src/gpu/device';
import { GPU_TUNING, type KernelTuning, SOFTWARE_TUNING } from '../../src/kernels/kernel-tuning';
import { parseMotionWeights } from '../../src/motion/motion-weights';
import { WasmMotion } from '../../src/motion/wasm-motion';
import { WgslMotion } from '../../src/motion/wgsl-motion';
import { createOnnxSessionFromBytes, loadOnnxRuntime } from '../../src/weights/onnx-session';
import { motionCost } from './motion-cost';

type Timing = { medianMs: number; p95Ms: number };

async function readModel(name: string): Promise<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = await readFile(
    fileURLToPath(new URL(`../../models/${name}`, import.meta.url)),
  );
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** @param before untimed steps, enough to fill the window, because the cost of attention depends on the frames in it */
async function time(steps: number, before: number, step: (frame: number) => Promise<void>): Promise<Timing> {
  const times: number[] = [];
  for (let frame = 0; frame < before + steps; frame++) {
    const start = performance.now();
    await step(frame);
    if (frame >= before) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { medianMs: times[Math.floor(times.length / 2)]!, p95Ms: times[Math.floor(times.length * 0.95)]! };
}

/** Entry of bench/run.mjs. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      steps: { type: 'string', default: '40' },
      threads: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  const steps = Number(values.steps);
  const threads = Number(values.threads);
  Object.assign(globalThis, globals);
  const instance = create([]);
  const gpu = await requestDevice(instance);
  const { device, adapterInfo, isFallback } = gpu;
  const bytes = await readModel('motion.safetensors');
  const weights = parseMotionWeights(bytes);
  const { window, embeddingSize } = weights.config;
  // Noise of speech-like size; the time does not depend on the values.
  const embedding = Float32Array.from({ length: embeddingSize }, (_, i) => Math.sin(i * i));

  const wgsl = async (tuning: KernelTuning): Promise<Timing & { dispatches: number }> => {
    const motion = await WgslMotion.create(gpu, weights, { seed: 1, tuning });
    const timing = await time(steps, window, async (frame) => {
      const encoder = device.createCommandEncoder();
      motion.step(encoder, frame, embedding);
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    });
    motion.destroy();
    return { ...timing, dispatches: motion.dispatches };
  };
  const gpuVariant = await wgsl(GPU_TUNING);
  const softwareVariant = await wgsl(SOFTWARE_TUNING);

  const wasmBinary = await readFile(
    createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'),
  );
  const ort = await loadOnnxRuntime({ wasmBinary: new Uint8Array(wasmBinary), threads });
  const session = await createOnnxSessionFromBytes(
    ort,
    'motion',
    new Uint8Array(await readModel('motion.onnx')),
    new Uint8Array(bytes),
  );
  const wasmMotion = await WasmMotion.create(session, weights.config, { seed: 1 });
  const wasm = await time(steps, window, async (frame) => {
    await wasmMotion.step(frame, embedding);
  });

  const { flop, weightBytes, cacheBytes } = motionCost(weights.config);
  const adapter = [adapterInfo.vendor, adapterInfo.architecture, adapterInfo.description].filter(Boolean).join(' ');
  const row = (name: string, { medianMs, p95Ms }: Timing): string =>
    `${name.padEnd(34)}${medianMs.toFixed(2).padStart(9)}${p95Ms.toFixed(2).padStart(9)}`;
  console.log(`adapter ${adapter}${isFallback ? ' (software)' : ''}, ${steps} steps`);
  console.log(
    `${(flop / 1e6).toFixed(1)} MFLOP, ${(weightBytes / 1e6).toFixed(1)} MB of weights, ${(cacheBytes / 1e6).toFixed(1)} MB of cache per step`,
  );
  console.log(`${''.padEnd(34)}${'median'.padStart(9)}${'p95'.padStart(9)}  ms`);
  console.log(row(`WGSL for GPUs, ${gpuVariant.dispatches} dispatches`, gpuVariant));
  console.log(row(`WGSL without barriers, ${softwareVariant.dispatches} dispatches`, softwareVariant));
  console.log(row(`onnxruntime WASM, ${threads} thread${threads > 1 ? 's' : ''}`, wasm));
  const best = Math.min(gpuVariant.medianMs, softwareVariant.medianMs);
  console.log(`WASM / best WGSL: ${(wasm.medianMs / best).toFixed(2)}`);
  if (values.json) {
    const figures = {
      adapter,
      isFallback,
      steps,
      threads,
      flop,
      weightBytes,
      cacheBytes,
      gpuVariant,
      softwareVariant,
      wasm,
    };
    await writeFile(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
  }
}
