/**
 * @file Animator: combines everything that a worker needs to animate a portrait: models, device session, animation
 * pipeline and portrait stage. Live and offline rendering share it.
 *
 * | object              | owns                                                                |
 * |---------------------|---------------------------------------------------------------------|
 * | `DeviceSession`     | the drawing device and its recovery                                 |
 * | `AnimationPipeline` | audio embedder, and the motion generator on the device              |
 * | `PortraitStage`     | portrait bundle, output, canvas surface, and the renderer on the device |
 * | `PortraitLoader`    | the networks of the analysis                                        |
 *
 * What lives on the device is built in the order of installation: first the motion, then the renderer.
 */
import { closedError } from '../core/closed-error';
import { errorText, type Logger, SILENT_LOGGER } from '../core/logger';
import type { Progress } from '../core/progress';
import { SerialQueue } from '../core/serial-queue';
import { MotionGenerator } from '../motion/motion-generator';
import type { MotionControls } from '../options/controls';
import type { AnimatorOptions } from '../options/create-options';
import type { ResolvedOutput } from '../options/output';
import { type FaceModel, loadFaceModel } from '../weights/face-model';
import { ModelLoader } from '../weights/model-loader';
import { loadOnnxRuntime } from '../weights/onnx-session';
import { AnimationPipeline } from './animation-pipeline';
import { createAudioEmbedder } from './audio-embedders';
import { resolveBackdrop } from './backdrop';
import { DeviceSession } from './device-session';
import { CpuDrawing } from './drawing/cpu-drawing';
import type { DrawingDevice } from './drawing/drawing-device';
import { mayDrawOnCpu, requestDrawing } from './drawing/request-drawing';
import type { PictureSender } from './picture-sender';
import { PipelineStats } from './pipeline-stats';
import { PortraitLoader } from './portrait-loader';
import { PortraitStage } from './portrait-stage';

export type AnimatorHooks = {
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Something worth telling the user; a sentence for people. */
  onWarning?: ((text: string) => void) | undefined;
  /** The device is lost (true), or restored with the portrait on it (false). */
  onDevice?: ((lost: boolean) => void) | undefined;
  /** Errors that belong to no call. */
  onError?: ((error: unknown) => void) | undefined;
  /** Default: logs nothing. */
  log?: Logger | undefined;
  /** Sends each picture to the page. Default: pictures stay on the canvas. */
  pictures?: PictureSender | undefined;
  /** More losses of the device than this within a minute are final. */
  recoveriesPerMinute: number;
};

type AnimatorParts = {
  queue: SerialQueue;
  session: DeviceSession;
  pipeline: AnimationPipeline;
  stage: PortraitStage;
  portraits: PortraitLoader;
  faceModel: FaceModel;
  stats: PipelineStats;
};

export class Animator {
  readonly #parts: AnimatorParts;
  readonly #hooks: AnimatorHooks;

  private constructor(parts: AnimatorParts, hooks: AnimatorHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
  }

  /**
   * Loads the models and builds everything but the portrait.
   *
   * @throws TalkingPortraitError `unsupported`, `weights-missing`, `weights-corrupt`, `invalid-option`, `image-corrupt`
   */
  static async create(options: AnimatorOptions, hooks: AnimatorHooks): Promise<Animator> {
    const { onProgress, onWarning, onDevice, log = SILENT_LOGGER, recoveriesPerMinute } = hooks;
    loadOnnxRuntime({ wasmUrl: options.wasmUrl }).catch(() => {}); // Whatever needs it first reports why it is missing.
    const loader = new ModelLoader({
      files: options.models,
      onProgress: (fraction) => onProgress?.({ stage: 'models', fraction }),
    });
    const queue = new SerialQueue();
    const [session, audio, faceModel, backdrop] = await Promise.all([
      DeviceSession.open(
        {
          queue,
          log: log.child('gpu'),
          recoveriesPerMinute,
          request: () => requestDrawing(options),
          requestAgain: () => requestDrawing({ ...options, renderer: 'webgpu' }),
          lastResort:
            mayDrawOnCpu(options) && recoveriesPerMinute > 0 ? () => new CpuDrawing('The GPU was lost.') : undefined,
        },
        {
          onLost: () => onDevice?.(true),
          onRestored: () => onDevice?.(false),
          onError: (error) => {
            log.error('GPU failed', { error: errorText(error) });
            hooks.onError?.(error);
          },
        },
      ),
      createAudioEmbedder(loader, options),
      loadFaceModel(loader),
      resolveBackdrop(options.output),
    ]);
    onProgress?.({ stage: 'gpu', fraction: 0 });
    const stats = new PipelineStats();
    const createMotion = ({ gpu }: DrawingDevice): Promise<MotionGenerator> =>
      MotionGenerator.create(gpu, loader, faceModel, options);
    const pipeline = new AnimationPipeline(audio, createMotion, options.controls, stats);
    await session.install(pipeline);
    log.info('Models loaded', { backend: pipeline.backend });
    const portraits = new PortraitLoader(loader, faceModel, {
      onProgress: (fraction) => onProgress?.({ stage: 'portrait', fraction }),
      onWarning: (text) => {
        log.warn(text);
        onWarning?.(text);
      },
    });
    const stage = new PortraitStage(
      {
        session,
        queue,
        loader: portraits,
        faceModel,
        recorder: pipeline,
        onDrawn: () => hooks.pictures?.send(session.device.canvas),
        log: log.child('stage'),
      },
      options.output,
      backdrop,
    );
    await session.install(stage);
    onProgress?.({ stage: 'gpu', fraction: 1 });
    return new Animator({ queue, session, pipeline, stage, portraits, faceModel, stats }, hooks);
  }

  /** The canvas of the pictures. */
  get canvas(): OffscreenCanvas {
    return this.#parts.session.device.canvas;
  }

  get faceModel(): FaceModel {
    return this.#parts.faceModel;
  }

  get pipeline(): AnimationPipeline {
    return this.#parts.pipeline;
  }

  /** Times of the stages of a frame. */
  get stats(): PipelineStats {
    return this.#parts.stats;
  }

  /** Where the motion is computed. */
  get backend(): 'wgsl' | 'wasm' {
    return this.#parts.pipeline.backend;
  }

  /** What draws, and why. */
  get renderer(): Pick<DrawingDevice, 'renderer' | 'reason'> {
    return this.#parts.session.device;
  }

  /** Whether drawing competes with motion and sound for the CPU. */
  get drawsInSoftware(): boolean {
    return this.#parts.session.device.isSoftware;
  }

  /** Name of the adapter, for people. */
  get adapter(): string {
    return this.#parts.session.device.adapter;
  }

  /** Whether the page shows through the picture somewhere. */
  get isTransparent(): boolean {
    return this.#parts.stage.isTransparent;
  }

  /** Whether motion may be stepped and pictures drawn: there is a portrait, on a working device. */
  get isReady(): boolean {
    return this.#parts.session.isReady && this.#parts.stage.isShowing;
  }

  /** @throws the final error when the device is lost for good */
  assertAlive(): void {
    this.#parts.session.assertAlive();
  }

  /** Whether the device is lost; see DeviceSession.hasLost. */
  isLost(): Promise<boolean> {
    const { session } = this.#parts;
    return session.hasLost(session.device);
  }

  /** Waits for the recovery of a lost device, even if its loss is not known yet. @throws the final error */
  async recovered(): Promise<void> {
    await this.isLost();
    await this.#parts.session.ready();
  }

  /** New motion controls, checked. */
  setControls(controls: Readonly<MotionControls>): void {
    this.#parts.pipeline.setControls(controls);
  }

  /** See PortraitLoader.prepare. */
  async prepareAnalysis(): Promise<void> {
    await this.#parts.portraits.prepare();
  }

  /** See PortraitStage.setPortrait. */
  async setPortrait(file: Blob, signal?: AbortSignal): Promise<void> {
    await this.#parts.stage.setPortrait(file, signal);
    this.#hooks.onProgress?.({ stage: 'portrait', fraction: 1 });
  }

  /** See PortraitStage.savePortrait. */
  savePortrait(): Promise<Blob> {
    return this.#parts.stage.savePortrait();
  }

  /** See PortraitStage.setOutput. */
  async setOutput(output: ResolvedOutput): Promise<void> {
    await this.#parts.stage.setOutput(output);
  }

  /** Draws and presents a picture. @param mix see AnimationPipeline.draw */
  draw(mix = 1): void {
    const start = performance.now();
    this.#parts.stage.draw(mix);
    this.#parts.stats.add('draw', performance.now() - start);
  }

  /** Resolves when everything submitted so far is done, and shown on the page. */
  async drawn(): Promise<void> {
    await this.#parts.session.device.done();
    await this.#hooks.pictures?.allShown();
  }

  /** Frees everything. Changes that have not begun are rejected with `closed`, and so is a recovery under way. */
  async close(): Promise<void> {
    const { queue, session, portraits, pipeline, stage } = this.#parts;
    session.close();
    portraits.close();
    await queue.close(closedError());
    await pipeline.release();
    stage.close();
    this.#hooks.pictures?.close();
    this.#hooks.log?.info('Closed');
  }
}
