/** @file OfflineRenderer: draws the frames of a whole voice, as fast as the machine allows. Frame i shows the time i / fps seconds. */
import { FRAME_RATE_HZ } from '../core/time';
import type { PcmChunk } from '../core/audio-types';
import { describeMotion, type MotionRecord } from '../core/motion-record';
import type { RenderStats } from '../core/render-stats';
import { TalkingPortraitError } from '../errors';
import type { AnimatorOptions } from '../options/create-options';
import { Animator, type AnimatorHooks } from './animator';

/**
 * A recovery would lose the history of the motion, so the same input would give a different video. Therefore the first
 * loss is final.
 */
const RECOVERIES_PER_MINUTE = 0;

/** A voice may be longer than a whole number of frames by this much without another frame. */
const SLACK_FRAMES = 0.01;

/** Notifications of a rendering; see AnimatorHooks. */
export type OfflineHooks = Pick<AnimatorHooks, 'onProgress' | 'onWarning' | 'log'>;

export type OfflineFrame = {
  index: number;
  timestampSeconds: number;
  /** Holds the picture until the next frame is requested. */
  canvas: OffscreenCanvas;
};

export class OfflineRenderer {
  /** One record per motion frame (25 per second), filled while `frames` runs. */
  readonly motion: MotionRecord[] = [];
  readonly #neutralKeypoints: Float32Array;
  #frames = 0;
  #audioSeconds = 0;
  #wallMs = 0;
  readonly #animator: Animator;
  readonly #fps: number;
  readonly #hooks: OfflineHooks;

  private constructor(animator: Animator, fps: number, hooks: OfflineHooks) {
    this.#animator = animator;
    this.#fps = fps;
    this.#hooks = hooks;
    const { keypoints, neutral } = animator.faceModel;
    this.#neutralKeypoints = Float32Array.from(
      [...keypoints].flatMap((vertex) => [...neutral.subarray(3 * vertex, 3 * vertex + 3)]),
    );
  }

  /**
   * @param request `fps` is 1 ... 120
   * @throws TalkingPortraitError `invalid-option`, and as Animator.create and PortraitStage.setPortrait
   */
  static async create(
    request: { options: AnimatorOptions; portrait: Blob; fps: number },
    hooks: OfflineHooks = {},
  ): Promise<OfflineRenderer> {
    if (!(request.fps >= 1 && request.fps <= 120)) {
      throw new TalkingPortraitError('invalid-option', 'The frame rate is out of range.', 'Use 1 to 120.', request.fps);
    }
    const animator = await Animator.create(request.options, {
      ...hooks,
      recoveriesPerMinute: RECOVERIES_PER_MINUTE,
    });
    await animator.setPortrait(request.portrait);
    return new OfflineRenderer(animator, request.fps, hooks);
  }

  /** Whether the page shows through the pictures somewhere. */
  get isTransparent(): boolean {
    return this.#animator.isTransparent;
  }

  /** Draws the frames of a voice one after another. To be called once. @throws TalkingPortraitError `device-lost`, and as AudioEmbedder.push */
  async *frames(pcm: PcmChunk): AsyncGenerator<OfflineFrame> {
    const { pipeline, canvas } = this.#animator;
    const start = performance.now();
    this.#audioSeconds = pcm.samples.length / pcm.sampleRate;
    const total = Math.max(1, Math.ceil(this.#audioSeconds * this.#fps - SLACK_FRAMES));
    pipeline.restartAudio(true);
    pipeline.push(pcm);
    pipeline.end();
    for (let index = 0; index < total; index++) {
      await this.#drawFrame(index).catch(async (error: unknown) => {
        await this.#animator.recovered(); // Throws `device-lost` where that is the cause.
        throw error;
      });
      this.#frames = index + 1;
      this.#wallMs = performance.now() - start;
      this.#hooks.onProgress?.({ stage: 'frames', fraction: (index + 1) / total });
      yield { index, timestampSeconds: index / this.#fps, canvas };
    }
  }

  /** Statistics of the frames rendered so far. */
  stats(): RenderStats {
    const { stats, renderer, adapter, backend } = this.#animator;
    return {
      renderer: renderer.renderer,
      adapter,
      backend,
      frames: this.#frames,
      seconds_audio: this.#audioSeconds,
      real_time_factor: this.#frames / this.#fps / (this.#wallMs / 1000),
      stages: Object.fromEntries(
        stats.names.map((name) => [name, { median_ms: stats.quantile(name, 0.5), p95_ms: stats.quantile(name, 0.95) }]),
      ),
    };
  }

  async close(): Promise<void> {
    await this.#animator.close();
  }

  async #drawFrame(index: number): Promise<void> {
    const { pipeline, stats } = this.#animator;
    // Frame n of the motion belongs to time n / 25; between two of them the motion is interpolated.
    const time = (index * FRAME_RATE_HZ) / this.#fps;
    while (this.motion.length - 1 < Math.ceil(time)) {
      if (!(await pipeline.step())) break;
      // The record is read after the step, so the step must be submitted before the picture: two command buffers here, one in
      // live mode.
      await this.#record();
    }
    const newest = this.motion.length - 1;
    const mix = newest < time ? 1 : 1 - (newest - time);
    const drawStart = performance.now();
    this.#animator.draw(mix);
    await this.#animator.drawn();
    stats.add('picture', performance.now() - drawStart);
    if (!this.#animator.isReady) await this.#animator.recovered();
  }

  async #record(): Promise<void> {
    const { latent, tokens } = await this.#animator.pipeline.readMotion();
    this.motion.push(describeMotion(latent, tokens, this.#neutralKeypoints));
  }
}
