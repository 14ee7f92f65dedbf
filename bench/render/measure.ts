/** @file Draws frames of a talking, turning head and takes the time; the same in Node and in a page. */
import { GpuTimer, type GpuTimes } from '../../src/gpu/gpu-timer';
import type { PortraitBundle } from '../../src/portrait/portrait-bundle';
import { RENDER_PASSES, WarpingRenderer, type WarpingRendererOptions } from '../../src/portrait/warping-renderer';
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
  ];
  renderer.talking = 1;
  for (let frame = 0; frame < frames + WARM_UP_FRAMES; frame++) {
    const [start, used] = [performance.now(), processorMs()];
    device.queue.writeBuffer(renderer.latents[0], 0, latents[frame % 2] as Float32Array<ArrayBuffer>);
    device.queue.writeBuffer(renderer.latents[1], 0, latents[(frame + 1) % 2] as Float32Array<ArrayBuffer>);
    const encoder = device.createCommandEncoder();
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
