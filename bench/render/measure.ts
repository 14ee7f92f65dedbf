/** @file Draws and times frames of a head that speaks and turns, in Node or in a page. */
import type { MotionLatent } from '../../src/core/motion-latent';
import { uploadStorage } from '../../src/gpu/buffers';
import { GpuTimer, type GpuTimes } from '../../src/gpu/gpu-timer';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import { CpuRenderer } from '../../src/renderer/cpu/cpu-renderer';
import type { PictureOutput } from '../../src/renderer/picture-output';
import {
  RENDER_PASSES,
  WarpingRenderer,
  type WarpingRendererOptions,
} from '../../src/renderer/webgpu/warping-renderer';
import { SecondaryMotion } from '../../src/renderer/webgpu/secondary-motion';
import type { FaceModel } from '../../src/weights/face-model';
import { latentOf, motionFrame } from '../../test/fixtures/draw-frame';

/** Frames that are not counted, in which drivers compile and warm up. */
const WARM_UP_FRAMES = 5;
/** More for the CPU renderer, whose code the JavaScript engine optimises meanwhile. */
const CPU_WARM_UP_FRAMES = 60;

/** All in ms. `passes` are measured by timestamp queries, and empty if the device does not support them. */
export type RenderTimes = { wall: number[]; processor: number[]; passes: Record<string, number[]> };

/**
 * @param target a view of the options' size and format for each frame
 * @param processorMs returns the CPU time used so far, if available
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
  const latents = speakingHead(model).map((latent) => uploadStorage(device, 'latent', latent));
  for (let frame = 0; frame < frames + WARM_UP_FRAMES; frame++) {
    const [start, used] = [performance.now(), processorMs()];
    const encoder = device.createCommandEncoder();
    renderer.advance(encoder, motionFrame(latents[frame % 2]!, { speechBlend: 1, secondaryMotion: 1 }));
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

/** Frames of the same head by the CPU renderer, by the clock: ms each. */
export function measureCpuRenderer(
  model: FaceModel,
  bundle: PortraitBundle,
  output: PictureOutput,
  frames: number,
): number[] {
  const renderer = new CpuRenderer(model, bundle, output, () => {});
  const latents = speakingHead(model);
  const times: number[] = [];
  for (let frame = 0; frame < frames + CPU_WARM_UP_FRAMES; frame++) {
    const start = performance.now();
    renderer.advance(motionFrame(latents[frame % 2]!, { speechBlend: 1, secondaryMotion: 1 }));
    renderer.draw(0.5);
    if (frame >= CPU_WARM_UP_FRAMES) times.push(performance.now() - start);
  }
  return times;
}

/** Two latents, to be drawn in turns and interpolated. */
function speakingHead(model: FaceModel): [MotionLatent, MotionLatent] {
  return [
    latentOf(model, { jawOpen: 0.35 }, { yaw: 6 }),
    latentOf(model, { mouthPucker: 0.5, jawOpen: 0.1 }, { yaw: -6, pitch: 4 }),
  ];
}

/**
 * Measures the cost of parts of a picture: renderers take turns, one frame each, so that other load on the machine
 * affects all of them equally.
 *
 * @param clock ms: CPU time if available
 * @returns ms of every frame of every variant
 */
export async function measureInTurns<Name extends string>(
  device: GPUDevice,
  model: FaceModel,
  variants: Record<Name, PortraitBundle>,
  options: WarpingRendererOptions,
  target: () => GPUTextureView,
  frames: number,
  clock: () => number,
): Promise<Record<Name, number[]>> {
  const latents = [
    latentOf(model, { jawOpen: 0.35, eyeLookOut_L: 0.3, eyeLookIn_R: 0.3 }, { yaw: 6 }),
    latentOf(model, { mouthPucker: 0.5, jawOpen: 0.1, eyeLookUp: 0.2 }, { yaw: -6, pitch: 4 }),
  ].map((latent) => uploadStorage(device, 'latent', latent));
  const names = Object.keys(variants) as Name[];
  const renderers = await Promise.all(
    names.map((name) => WarpingRenderer.create(device, model, variants[name], options)),
  );
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let frame = 0; frame < frames + WARM_UP_FRAMES; frame++) {
    for (let turn = 0; turn < names.length; turn++) {
      const n = (frame + turn) % names.length; // vary which variant follows which
      const name = names[n]!;
      const renderer = renderers[n]!;
      const start = clock();
      const encoder = device.createCommandEncoder();
      renderer.advance(encoder, motionFrame(latents[frame % 2]!, { secondaryMotion: 1 }));
      renderer.encode(encoder, 0.5, target());
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      if (frame >= WARM_UP_FRAMES) times[name].push(clock() - start);
    }
  }
  for (const renderer of renderers) renderer.destroy();
  for (const latent of latents) latent.destroy();
  return times;
}

/** A readable line: the time of the whole frame, the time without a part, and the share of the part. */
export function describeShare(part: string, whole: number[], without: number[]): string {
  const quantile = (values: number[], q: number): number =>
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))]!;
  const share = (q: number): string => (100 * (1 - quantile(without, q) / quantile(whole, q))).toFixed(1);
  return (
    `${part}: median with it ${quantile(whole, 0.5).toFixed(1)} ms, without ${quantile(without, 0.5).toFixed(1)} ms; ` +
    `share of the frame ${share(0.5)} %, in the quicker quarter of frames ${share(0.25)} %, in the quickest ${share(0)} %`
  );
}

/** Readable lines. */
export function describeTimes({ wall, processor, passes }: RenderTimes): string[] {
  const median = (values: number[]): string => (values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0).toFixed(1);
  const least = (values: number[]): string => Math.min(...values).toFixed(1);
  const lines = [`frame: median ${median(wall)} ms, least ${least(wall)} ms; processor median ${median(processor)} ms`];
  for (const [name, ms] of Object.entries(passes))
    lines.push(`  ${name}: median ${median(ms)} ms, least ${least(ms)} ms`);
  return lines;
}

/**
 * Microseconds of secondary motion per motion frame. Many steps share a submission, because one is too short for the
 * clock.
 */
export async function measureSecondaryMotion(device: GPUDevice, model: FaceModel): Promise<number> {
  const steps = 2000;
  const latent = uploadStorage(device, 'latent', latentOf(model, { jawOpen: 0.35 }, { yaw: 6 }));
  const temporal = await SecondaryMotion.create(device, model, latent);
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
