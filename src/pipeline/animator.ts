/**
 * @file Everything a worker needs to animate a portrait, set up once: device, models, pipeline, portrait. Live and offline
 * rendering share it. It survives the loss of the GPU device: what lives on the GPU is built again from what is kept here.
 */
import { AudioContextCache } from '../audio/audio-context-cache';
import { TalkingPortraitError } from '../errors';
import { type GpuDevice, requestDevice } from '../gpu/device';
import { createMotionBackend } from '../motion/motion-backend';
import type { AnimatorOptions, Progress } from '../options';
import { FaceAnalyser } from '../portrait/face-analysis';
import { fitFace } from '../portrait/face-fit';
import type { PortraitBundle } from '../portrait/portrait-bundle';
import { preparePortrait } from '../portrait/prepare/prepare-portrait';
import { WarpingRenderer } from '../portrait/warping-renderer';
import { type FaceModel, loadFaceModel } from '../weights/face-model';
import { ModelLoader } from '../weights/model-loader';
import { AnimationPipeline } from './animation-pipeline';
import { PipelineStats } from './pipeline-stats';

export type AnimatorHooks = {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  onWarning?: (text: string) => void;
  /** The device is gone (true), or there again (false). */
  onDevice?: (lost: boolean) => void;
  onError?: (error: unknown) => void;
};

/** A device that is lost more often than this is not worth another try. */
const MAX_RECOVERIES_PER_MINUTE = 2;
const MINUTE_MS = 60_000;

export class Animator {
  readonly canvas: OffscreenCanvas;
  readonly #context: GPUCanvasContext;
  readonly #format = navigator.gpu.getPreferredCanvasFormat();
  #bundle: PortraitBundle | undefined;
  #analyser: FaceAnalyser | undefined;
  #recoveries: number[] = [];
  #closed = false;

  private constructor(
    canvas: OffscreenCanvas,
    private readonly options: AnimatorOptions,
    private readonly hooks: AnimatorHooks,
    private readonly loader: ModelLoader,
    private readonly audio: AudioContextCache,
    readonly faceModel: FaceModel,
    private gpu: GpuDevice,
    private pipelineNow: AnimationPipeline,
    private backendNow: 'wgsl' | 'wasm',
    /** Shared with every pipeline that is built here. */
    readonly stats: PipelineStats,
  ) {
    this.canvas = canvas;
    const context = canvas.getContext('webgpu');
    if (!context) {
      throw new TalkingPortraitError(
        'unsupported',
        'The canvas gives no WebGPU context.',
        'Use a canvas without another context.',
      );
    }
    this.#context = context;
    this.#attach(gpu);
  }

  /** Loads the models and builds the pipeline; the portrait comes after. */
  static async create(canvas: OffscreenCanvas, options: AnimatorOptions, hooks: AnimatorHooks = {}): Promise<Animator> {
    canvas.width = options.size;
    canvas.height = options.size;
    const loader = new ModelLoader({
      baseUrl: options.modelBaseUrl,
      ...(hooks.signal && { signal: hooks.signal }),
      onProgress: (fraction) => hooks.onProgress?.({ stage: 'models', fraction }),
    });
    const [gpu, audio, faceModel] = await Promise.all([
      requestDevice(),
      AudioContextCache.load(loader, { lookaheadFrames: options.lookaheadFrames }),
      loadFaceModel(loader),
    ]);
    hooks.onProgress?.({ stage: 'gpu', fraction: 0 });
    const motion = await createMotionBackend(gpu, loader, faceModel, options);
    const stats = new PipelineStats();
    const pipeline = new AnimationPipeline(gpu.device, audio, motion, stats);
    hooks.onProgress?.({ stage: 'gpu', fraction: 1 });
    return new Animator(canvas, options, hooks, loader, audio, faceModel, gpu, pipeline, motion.kind, stats);
  }

  get pipeline(): AnimationPipeline {
    return this.pipelineNow;
  }

  get backend(): 'wgsl' | 'wasm' {
    return this.backendNow;
  }

  /** Name of the adapter, for people. */
  get adapter(): string {
    const { vendor, architecture, description } = this.gpu.adapterInfo;
    return [vendor, architecture, description].filter(Boolean).join(' ');
  }

  /** Analyses `image` and shows it at rest. */
  async setPortrait(image: Blob): Promise<void> {
    this.#analyser ??= await FaceAnalyser.create(this.loader);
    const progress = (fraction: number): void => this.hooks.onProgress?.({ stage: 'portrait', fraction });
    const analysis = await this.#analyser.analyse(image, {
      ...(this.hooks.signal && { signal: this.hooks.signal }),
      onProgress: (fraction) => progress(fraction * 0.6),
    });
    for (const warning of analysis.warnings) this.hooks.onWarning?.(warning);
    const fit = fitFace(this.faceModel, analysis.landmarks);
    progress(0.8);
    this.#bundle = preparePortrait(this.faceModel, analysis, fit);
    await this.#show();
    progress(1);
  }

  /** Draws and presents one picture. @param mix see AnimationPipeline.draw */
  draw(mix = 1): void {
    const start = performance.now();
    this.pipelineNow.draw(mix, this.#context.getCurrentTexture().createView({ label: 'canvas' }));
    this.stats.add('draw', performance.now() - start);
  }

  /** Resolves when everything drawn so far is done. */
  async drawn(): Promise<void> {
    await this.gpu.device.queue.onSubmittedWorkDone();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#analyser?.close();
    this.pipelineNow.destroy();
    this.#context.unconfigure();
    this.gpu.device.destroy();
  }

  async #show(): Promise<void> {
    if (!this.#bundle) return;
    this.pipelineNow.renderer = await WarpingRenderer.create(this.gpu.device, this.faceModel, this.#bundle, {
      width: this.canvas.width,
      height: this.canvas.height,
      format: this.#format,
      // Four samples a pixel cost a software adapter three times the frame.
      sampleCount: this.gpu.isFallback ? 1 : 4,
    });
    this.draw();
  }

  #attach(gpu: GpuDevice): void {
    this.#context.configure({ device: gpu.device, format: this.#format, alphaMode: 'opaque' });
    void gpu.lost.then((info) => this.#recover(info));
    gpu.device.addEventListener('uncapturederror', ({ error }) => this.hooks.onError?.(error));
  }

  async #recover(info: GPUDeviceLostInfo): Promise<void> {
    if (this.#closed) return;
    this.hooks.onDevice?.(true);
    const now = performance.now();
    this.#recoveries = [...this.#recoveries.filter((time) => now - time < MINUTE_MS), now];
    try {
      if (this.#recoveries.length > MAX_RECOVERIES_PER_MINUTE) {
        throw new TalkingPortraitError(
          'device-lost',
          'The GPU device was lost again and again.',
          'Reload the page.',
          info.message,
        );
      }
      this.pipelineNow.destroy(); // its onnxruntime session would outlive the device
      this.gpu = await requestDevice();
      const motion = await createMotionBackend(this.gpu, this.loader, this.faceModel, this.options);
      this.backendNow = motion.kind;
      this.pipelineNow = new AnimationPipeline(this.gpu.device, this.audio, motion, this.stats);
      this.#attach(this.gpu);
      await this.#show();
      this.hooks.onDevice?.(false);
    } catch (error) {
      this.hooks.onError?.(error);
    }
  }
}
