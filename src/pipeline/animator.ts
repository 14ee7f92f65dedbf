/**
 * @file Everything a worker needs to animate a portrait, set up once: device, models, pipeline, portrait. Live and offline
 * rendering share it. It survives the loss of the GPU device: what lives on the GPU is built again from what is kept here.
 */
import type { AudioEmbedder } from '../audio/audio-embedder';
import type { MotionControls } from '../options/controls';
import { TalkingPortraitError } from '../errors';
import { type GpuDevice, requestDevice } from '../gpu/device';
import { MotionGenerator } from '../motion/motion-generator';
import type { AnimatorOptions, Progress } from '../options/create-options';
import type { ResolvedOutput } from '../options/output';
import { FaceAnalyser } from '../portrait/analysis/face-analysis';
import { fitFace, prepareFit } from '../portrait/fit/face-fit';
import { type Backdrop, isTransparent, type PictureOutput } from '../renderer/picture-output';
import type { PortraitBundle } from '../portrait-bundle/portrait-bundle';
import { isPortraitFile, packPortrait, unpackPortrait } from '../portrait-bundle/portrait-package';
import type { CreatePortraitRenderer } from '../renderer/portrait-renderer';
import { preparePortrait } from '../portrait/prepare/prepare-portrait';
import { WarpingRenderer } from '../renderer/webgpu/warping-renderer';
import { type FaceModel, loadFaceModel } from '../weights/face-model';
import { ModelLoader } from '../weights/model-loader';
import { AnimationPipeline } from './animation-pipeline';
import { createAudioEmbedder } from './audio-embedders';
import { resolveBackdrop } from './backdrop';
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

/** The renderer of portraits; another one goes here. */
const createRenderer: CreatePortraitRenderer = WarpingRenderer.create;

export class Animator {
  readonly canvas: OffscreenCanvas;
  readonly #context: GPUCanvasContext;
  readonly #format = navigator.gpu.getPreferredCanvasFormat();
  #picture: PictureOutput;
  /** What the canvas is configured for. */
  #configured: { device: GPUDevice; alphaMode: GPUCanvasAlphaMode; colorSpace: PredefinedColorSpace } | undefined;
  /** Changes of portrait and output, one after another. */
  #changes: Promise<unknown> = Promise.resolve();
  #bundle: PortraitBundle | undefined;
  #analyser: Promise<FaceAnalyser> | undefined;
  /** A portrait was asked for. */
  #given = false;
  #recoveries: number[] = [];
  #closed = false;
  #options: AnimatorOptions;
  readonly #hooks: AnimatorHooks;
  readonly #loader: ModelLoader;
  readonly #audio: AudioEmbedder;
  readonly faceModel: FaceModel;
  #gpu: GpuDevice;
  #pipelineNow: AnimationPipeline;
  #backendNow: 'wgsl' | 'wasm';
  /** Shared with every pipeline that is built here. */
  readonly stats: PipelineStats;

  private constructor(
    canvas: OffscreenCanvas,
    options: AnimatorOptions,
    hooks: AnimatorHooks,
    loader: ModelLoader,
    audio: AudioEmbedder,
    faceModel: FaceModel,
    gpu: GpuDevice,
    pipelineNow: AnimationPipeline,
    backendNow: 'wgsl' | 'wasm',
    stats: PipelineStats,
    backdrop: Backdrop,
  ) {
    this.#options = options;
    this.#hooks = hooks;
    this.#loader = loader;
    this.#audio = audio;
    this.faceModel = faceModel;
    this.#gpu = gpu;
    this.#pipelineNow = pipelineNow;
    this.#backendNow = backendNow;
    this.stats = stats;
    this.canvas = canvas;
    this.#picture = this.#pictureOf(options.output, backdrop);
    const context = canvas.getContext('webgpu');
    if (!context) {
      throw new TalkingPortraitError(
        'unsupported',
        'The canvas gives no WebGPU context.',
        'Use a canvas without another context.',
      );
    }
    this.#context = context;
    this.#configure();
    this.#attach(gpu);
  }

  /** Loads the models and builds the pipeline; the portrait comes after. */
  static async create(canvas: OffscreenCanvas, options: AnimatorOptions, hooks: AnimatorHooks = {}): Promise<Animator> {
    const backdrop = await resolveBackdrop(options.output);
    const loader = new ModelLoader({
      baseUrl: options.modelBaseUrl,
      ...(hooks.signal && { signal: hooks.signal }),
      onProgress: (fraction) => hooks.onProgress?.({ stage: 'models', fraction }),
    });
    const [gpu, audio, faceModel] = await Promise.all([
      requestDevice(),
      createAudioEmbedder(loader, options),
      loadFaceModel(loader),
    ]);
    hooks.onProgress?.({ stage: 'gpu', fraction: 0 });
    const motion = await MotionGenerator.create(gpu, loader, faceModel, options);
    const stats = new PipelineStats();
    const pipeline = new AnimationPipeline(gpu.device, audio, motion, stats);
    pipeline.setControls(options.controls);
    hooks.onProgress?.({ stage: 'gpu', fraction: 1 });
    return new Animator(
      canvas,
      options,
      hooks,
      loader,
      audio,
      faceModel,
      gpu,
      pipeline,
      motion.backend,
      stats,
      backdrop,
    );
  }

  get pipeline(): AnimationPipeline {
    return this.#pipelineNow;
  }

  get backend(): 'wgsl' | 'wasm' {
    return this.#backendNow;
  }

  /** Pictures are drawn by the processor, which motion and sound need too. */
  get drawsInSoftware(): boolean {
    return this.#gpu.isFallback;
  }

  /** Name of the adapter, for people. */
  get adapter(): string {
    const { vendor, architecture, description } = this.#gpu.adapterInfo;
    return [vendor, architecture, description].filter(Boolean).join(' ');
  }

  /** New motion controls, checked; they survive the loss of the device. */
  setControls(controls: Readonly<MotionControls>): void {
    this.#options = { ...this.#options, controls };
    this.#pipelineNow.setControls(controls);
  }

  /** Whether the page shines through the picture somewhere. */
  get transparent(): boolean {
    return isTransparent(this.#picture);
  }

  /** Loads what only the analysis of a picture needs, so that the first one is as quick as the others. */
  async prepareAnalysis(): Promise<void> {
    const analyser = await this.#loadAnalyser();
    if (this.#given) return; // a picture that waits warms the networks itself, a saved portrait needs none
    prepareFit(this.faceModel);
    await analyser.warmUp();
  }

  /** Shows a picture, which is analysed first, or a saved portrait. */
  async setPortrait(file: Blob): Promise<void> {
    this.#given = true;
    await this.#change(async () => {
      this.#bundle = (await isPortraitFile(file))
        ? await unpackPortrait(file, this.faceModel)
        : await this.#analyse(file);
      await this.#show();
      this.#hooks.onProgress?.({ stage: 'portrait', fraction: 1 });
    });
  }

  /** The portrait as a file. @throws TalkingPortraitError `no-portrait` */
  async savePortrait(): Promise<Blob> {
    if (this.#bundle) return packPortrait(this.#bundle);
    const remedy = 'Give one with setPortrait first.';
    throw new TalkingPortraitError('no-portrait', 'There is no portrait to save.', remedy);
  }

  /** Another size, background, part or side. */
  async setOutput(output: ResolvedOutput): Promise<void> {
    await this.#change(async () => {
      const now = this.#options.output;
      const keepsBackdrop =
        output.background === now.background &&
        output.colorSpace === now.colorSpace &&
        output.width === now.width &&
        output.height === now.height;
      const backdrop = keepsBackdrop ? this.#picture.backdrop : await resolveBackdrop(output);
      const picture = this.#pictureOf(output, backdrop);
      const before = this.#picture;
      const prepared = await this.#pipelineNow.prepareOutput(picture);
      try {
        this.#picture = picture;
        this.#configure();
      } catch (error) {
        prepared.discard();
        this.#picture = before;
        this.#configure();
        throw error;
      }
      this.#options = { ...this.#options, output };
      prepared.apply();
      if (this.#pipelineNow.hasPortrait) this.draw();
    });
  }

  async #change(change: () => Promise<void>): Promise<void> {
    const done = this.#changes.then(change);
    this.#changes = done.catch(() => {}); // the caller sees the error; the next change must not
    await done;
  }

  async #analyse(image: Blob): Promise<PortraitBundle> {
    const analyser = await this.#loadAnalyser();
    const progress = (fraction: number): void => this.#hooks.onProgress?.({ stage: 'portrait', fraction });
    const analysis = await analyser.analyse(image, {
      colorSpace: this.#picture.colorSpace,
      ...(this.#hooks.signal && { signal: this.#hooks.signal }),
      onProgress: (fraction) => progress(fraction * 0.6),
    });
    for (const warning of analysis.warnings) this.#hooks.onWarning?.(warning);
    const fit = fitFace(this.faceModel, analysis.landmarks);
    progress(0.8);
    return preparePortrait(this.faceModel, analysis, fit);
  }

  #loadAnalyser(): Promise<FaceAnalyser> {
    this.#analyser ??= FaceAnalyser.create(this.#loader).catch((error: unknown) => {
      this.#analyser = undefined; // the next picture tries again
      throw error;
    });
    return this.#analyser;
  }

  /** Draws and presents one picture. @param mix see AnimationPipeline.draw */
  draw(mix = 1): void {
    const start = performance.now();
    this.#pipelineNow.draw(
      mix,
      this.#context.getCurrentTexture().createView({ label: 'canvas', format: this.#picture.format }),
    );
    this.stats.add('draw', performance.now() - start);
  }

  /** Resolves when everything drawn so far is done. */
  async drawn(): Promise<void> {
    await this.#gpu.device.queue.onSubmittedWorkDone();
  }

  async close(): Promise<void> {
    this.#closed = true;
    void this.#analyser?.then((analyser) => analyser.close()).catch(() => {});
    this.#pipelineNow.destroy();
    this.#context.unconfigure();
    this.#gpu.device.destroy();
  }

  async #show(): Promise<void> {
    if (!this.#bundle) return;
    this.#pipelineNow.renderer = await createRenderer(this.#gpu.device, this.faceModel, this.#bundle, this.#picture);
    this.draw();
  }

  #pictureOf({ width, height, crop, mirror, colorSpace }: ResolvedOutput, backdrop: Backdrop): PictureOutput {
    // Light is what blends right, but pages blend premultiplied sRGB values, and on a software adapter it costs more than it shows.
    const onLight = !this.#gpu.isFallback && !isTransparent({ backdrop });
    return {
      width,
      height,
      format: onLight ? (`${this.#format}-srgb` as GPUTextureFormat) : this.#format,
      // Four samples a pixel cost a software adapter three times the frame.
      sampleCount: this.#gpu.isFallback ? 1 : 4,
      crop,
      mirror,
      backdrop,
      colorSpace,
    };
  }

  /** Size, transparency and colours of the canvas as the picture needs them. @throws TalkingPortraitError `unsupported` */
  #configure(): void {
    const { width, height, colorSpace } = this.#picture;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const { device } = this.#gpu;
    const alphaMode = isTransparent(this.#picture) ? 'premultiplied' : 'opaque';
    const now = this.#configured;
    // Needless configuring shows an empty canvas for a moment.
    if (now?.device === device && now.alphaMode === alphaMode && now.colorSpace === colorSpace) return;
    const viewFormats = [`${this.#format}-srgb` as GPUTextureFormat];
    try {
      this.#context.configure({ device, format: this.#format, viewFormats, alphaMode, colorSpace });
      this.#configured = { device, alphaMode, colorSpace };
    } catch (cause) {
      const what = 'The browser refuses this canvas.';
      throw new TalkingPortraitError('unsupported', what, 'Use the colour space "srgb".', colorSpace, { cause });
    }
  }

  #attach(gpu: GpuDevice): void {
    void gpu.lost.then((info) => this.#recover(info));
    gpu.device.addEventListener('uncapturederror', ({ error }) => this.#hooks.onError?.(error));
  }

  async #recover(info: GPUDeviceLostInfo): Promise<void> {
    if (this.#closed) return;
    this.#hooks.onDevice?.(true);
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
      this.#pipelineNow.destroy(); // its onnxruntime session would outlive the device
      this.#gpu = await requestDevice();
      const motion = await MotionGenerator.create(this.#gpu, this.#loader, this.faceModel, this.#options);
      this.#backendNow = motion.backend;
      const { silentState } = this.#pipelineNow;
      this.#pipelineNow = new AnimationPipeline(this.#gpu.device, this.#audio, motion, this.stats);
      this.#pipelineNow.setSilentState(silentState);
      this.#pipelineNow.setControls(this.#options.controls);
      this.#picture = this.#pictureOf(this.#options.output, this.#picture.backdrop);
      this.#configure();
      this.#attach(this.#gpu);
      await this.#show();
      this.#hooks.onDevice?.(false);
    } catch (error) {
      this.#hooks.onError?.(error);
    }
  }
}
