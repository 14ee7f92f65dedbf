/**
 * @file The way of the data: PCM -> audio context cache -> motion -> picture.
 *
 * One command buffer a frame: `step` opens it with the motion (WGSL) and `draw` closes it with the picture. Nothing on
 * this path reads back from the GPU; `readMotion` does, for tests and `--motion`, outside of it.
 */
import type { AudioEmbedder } from '../audio/audio-embedder';
import type { AudioEmbedding, PcmChunk } from '../core/audio-types';
import { MOTION_LATENT_SIZE, type MotionLatent } from '../core/motion-latent';
import type { SilentState } from '../core/portrait-state';
import type { MotionGenerator } from '../motion/motion-generator';
import type { MotionControls } from '../options/controls';
import type { PictureOutput } from '../renderer/picture-output';
import type { PortraitRenderer, PreparedOutput } from '../renderer/portrait-renderer';
import type { PipelineStats } from './pipeline-stats';

const LATENT_BYTES = MOTION_LATENT_SIZE * Float32Array.BYTES_PER_ELEMENT;

export class AnimationPipeline {
  #encoder: GPUCommandEncoder | undefined;
  #renderer: PortraitRenderer | undefined;
  readonly #device: GPUDevice;
  readonly #audio: AudioEmbedder;
  readonly #motion: MotionGenerator;
  readonly #stats: PipelineStats;

  constructor(device: GPUDevice, audio: AudioEmbedder, motion: MotionGenerator, stats: PipelineStats) {
    this.#device = device;
    this.#audio = audio;
    this.#motion = motion;
    this.#stats = stats;
  }

  /** The picture's renderer; a new one starts from the rest pose. */
  set renderer(renderer: PortraitRenderer) {
    this.flush(); // a step that waits to be drawn writes into the renderer before
    this.#renderer?.destroy();
    this.#renderer = renderer;
  }

  /** See PortraitRenderer.prepareOutput; without a portrait there is nothing to do. */
  async prepareOutput(output: PictureOutput): Promise<PreparedOutput> {
    return (await this.#renderer?.prepareOutput(output)) ?? { apply: () => {}, discard: () => {} };
  }

  /** New motion controls, checked, from the next frame on. */
  setControls(controls: Readonly<MotionControls>): void {
    this.#motion.setControls(controls);
  }

  /** What the portrait does while nobody speaks. */
  get silentState(): SilentState {
    return this.#motion.silentState;
  }

  /** Changes what the portrait does while nobody speaks, from the next frame on. */
  setSilentState(state: SilentState): void {
    this.#motion.setSilentState(state);
  }

  get hasPortrait(): boolean {
    return this.#renderer !== undefined;
  }

  push(chunk: PcmChunk): void {
    this.#audio.push(chunk);
  }

  /** No more PCM comes: the look-ahead is filled with silence. */
  end(): void {
    this.#audio.end();
  }

  /**
   * Audio starts afresh, the motion goes on from where the face is.
   *
   * @param voice whether a voice begins; otherwise silence does
   */
  restartAudio(voice: boolean): void {
    if (voice) this.#motion.beginVoice();
    this.#audio.reset();
  }

  /**
   * Makes the next motion frame, if there is PCM enough for it.
   *
   * @returns the audio embedding it was made of, or null: more PCM is needed
   */
  async step(): Promise<AudioEmbedding | null> {
    const start = performance.now();
    const embedding = await this.#audio.next();
    if (!embedding) return null;
    const heard = performance.now();
    this.#stats.add('audio', heard - start);
    this.flush(); // one motion step a command buffer: its inputs are written through the queue
    const encoder = this.#device.createCommandEncoder({ label: 'motion frame' });
    const frame = await this.#motion.step(encoder, embedding);
    this.#renderer?.advance(encoder, frame); // read only now: the portrait may have changed meanwhile
    this.#encoder = encoder;
    this.#stats.add('motion', performance.now() - heard);
    return embedding;
  }

  /**
   * Draws between the last two motion frames and submits.
   *
   * @param mix 0: the one before the last, 1: the last
   */
  draw(mix: number, target: GPUTextureView): void {
    if (!this.#renderer) throw new Error('draw needs a portrait');
    const encoder = this.#encoder ?? this.#device.createCommandEncoder({ label: 'picture' });
    this.#renderer.encode(encoder, mix, target);
    this.#device.queue.submit([encoder.finish()]);
    this.#encoder = undefined;
  }

  /** Submits a motion step that was not drawn. */
  flush(): void {
    if (this.#encoder) this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
  }

  /** The last motion frame, read back: for tests and records only. */
  async readMotion(): Promise<{ latent: MotionLatent; tokens: Uint32Array }> {
    this.flush();
    const { latent, tokens } = this.#motion;
    const staging = this.#device.createBuffer({
      label: 'motion read-back',
      size: LATENT_BYTES + tokens.size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.#device.createCommandEncoder({ label: 'motion read-back' });
    encoder.copyBufferToBuffer(latent, 0, staging, 0, LATENT_BYTES);
    encoder.copyBufferToBuffer(tokens, 0, staging, LATENT_BYTES, tokens.size);
    this.#device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const bytes = staging.getMappedRange().slice(0);
    staging.destroy();
    return { latent: new Float32Array(bytes, 0, MOTION_LATENT_SIZE), tokens: new Uint32Array(bytes, LATENT_BYTES) };
  }

  destroy(): void {
    this.#renderer?.destroy();
    this.#motion.destroy();
  }
}
