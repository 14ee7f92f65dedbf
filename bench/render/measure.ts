/** @file Draws frames of a talking, turning head and takes the time; the same in Node and in a page. */
import { uploadStorage } from '../../src/gpu/buffers';
import { GpuTimer, type GpuTimes } from '../../src/gpu/gpu-timer';
import type { PortraitBundle } from '../../src/portrait/portrait-bundle';
import { RENDER_PASSES, WarpingRenderer, type WarpingRendererOptions } from '../../src/portrait/warping-renderer';
import { TemporalModule } from '../../src/portrait/temporal-module';
import type { FaceModel } from '../../src/weights/face-model';
import { latentOf } from '../../test/kernels/support/draw';

/** Frames that are not counted: the drivers compile and warm up. */
const WARM_UP_FRAMES = 5;

/** All in ms. `passes` by timestamp queries, empty where the device has none. */
export type RenderTimes = { wall: number[]; processor: number[]; passes: Record<string, number[]> };

/**
 * @param target a view of the options' size and format for each frame
 * @param processorMs clock of the processor time used so far, where there is one
 */
export async function measureRenderer(
  device: GPUDevice,
  model: FaceModel,
  bundle: PortraitBundle,
  options: WarpingRendererOptions,
  target: () => GPUTextureView,
  frames: number,
  processorMs: () => number = () => 0,
): Promise<RenderTimes> {
  const renderer = await WarpingRenderer.create(device, model, bundle, options);
  const times: RenderTimes = { wall: [], processor: [], passes: {} };
  const timer = new GpuTimer(device, RENDER_PASSES, (passes: GpuTimes) => {
    for (const [name, ms] of Object.entries(passes)) (times.passes[name] ??= []).push(ms);
  });
  const latents = [
    latentOf(model, { jawOpen: 0.35 }, { yaw: 6 }),
    latentOf(model, { mouthPucker: 0.5, jawOpen: 0.1 }, { yaw: -6, pitch: 4 }),
  ].map((latent) => uploadStorage(device, 'latent', latent));
  renderer.talking = 1;
  for (let frame = 0; frame < frames + WARM_UP_FRAMES; frame++) {
    const [start, used] = [performance.now(), processorMs()];
    const encoder = device.createCommandEncoder();
    renderer.advance(encoder, latents[frame % 2]!);
    renderer.encode(encoder, 0.5, target(), timer);
    timer.resolve(encoder);
    device.queue.submit([encoder.finish()]);
    timer.collect();
    await device.queue.onSubmittedWorkDone();
    if (frame < WARM_UP_FRAMES) continue;
    times.wall.push(performance.now() - start);
    times.processor.push(processorMs() - used);
  }
  renderer.destroy();
  for (const latent of latents) latent.destroy();
  timer.destroy();
  return times;
}

/** Lines for people. */
export function describeTimes({ wall, processor, passes }: RenderTimes): string[] {
  const median = (values: number[]): string => (values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0).toFixed(1);
  const least = (values: number[]): string => Math.min(...values).toFixed(1);
  const lines = [`frame: median ${median(wall)} ms, least ${least(wall)} ms; processor median ${median(processor)} ms`];
  for (const [name, ms] of Object.entries(passes))
    lines.push(`  ${name}: median ${median(ms)} ms, least ${least(ms)} ms`);
  return lines;
}

/** Microseconds of the temporal module a motion frame: many in one submission, for one is below the clock. */
export async function measureTemporalModule(device: GPUDevice, model: FaceModel): Promise<number> {
  const steps = 2000;
  const latent = uploadStorage(device, 'latent', latentOf(model, { jawOpen: 0.35 }, { yaw: 6 }));
  const temporal = await TemporalModule.create(device, model, latent);
  let best = Infinity;
  for (let run = 0; run < 5; run++) {
    const encoder = device.createCommandEncoder();
    for (let n = 0; n < steps; n++) temporal.encode(encoder);
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    best = Math.min(best, performance.now() - start);
  }
  temporal.destroy();
  latent.destroy();
  return (1000 * best) / steps;
}
