/**
 * @file AnimationPipeline: the path of the data, PCM -> audio embedding -> motion frame -> picture.
 *
 * One command buffer per frame: `step` begins it with the motion (WGSL), `draw` adds the picture and submits it.
 * Nothing on this path is read back from the GPU, except by `readMotion`, which only tests and records use.
 *
 * The pipeline outlives the GPU device. The audio embedder keeps its state; the motion generator is rebuilt on each new
 * device, so the motion starts over there.
 */
import type { AudioEmbedder } from '../audio/audio-embedder';
import type { AudioEmbedding, PcmChunk } from '../core/audio-types';
import { MOTION_LATENT_SIZE, type MotionLatent } from '../core/motion-latent';
import type { SilentState } from '../core/portrait-state';
import type { GpuDevice } from '../gpu/device';
import type { MotionGenerator } from '../motion/motion-generator';
import type { MotionControls } from '../options/controls';
import type { PortraitRenderer } from '../renderer/portrait-renderer';
import type { DeviceResident } from './gpu-session';
import type { PipelineStats } from './pipeline-stats';
import type { PictureRecorder } from './portrait-stage';

const LATENT_BYTES = MOTION_LATENT_SIZE * Float32Array.BYTES_PER_ELEMENT;

export class AnimationPipeline implements DeviceResident, PictureRecorder {
  /** What lives on the device; undefined while there is none. */
  #onDevice: { device: GPUDevice; motion: MotionGenerator } | undefined;
  /** Commands of a motion step that are not submitted yet. */
  #encoder: GPUCommandEncoder | undefined;
  /** Belongs to the portrait stage. */
  #renderer: PortraitRenderer | undefined;
  /** Frames of the audio stream that are still to be dropped. */
  #warmUpFrames = 0;
  /** The step under way; never rejects. */
  #stepping: Promise<unknown> = Promise.resolve();
  #controls: Readonly<MotionControls>;
  #silentState: SilentState = 'idle';
  readonly #audio: AudioEmbedder;
  readonly #createMotion: (gpu: GpuDevice) => Promise<MotionGenerator>;
  readonly #stats: PipelineStats;

  constructor(
    audio: AudioEmbedder,
    createMotion: (gpu: GpuDevice) => Promise<MotionGenerator>,
    controls: Readonly<MotionControls>,
    stats: PipelineStats,
  ) {
    this.#audio = audio;
    this.#createMotion = createMotion;
    this.#controls = controls;
    this.#stats = stats;
  }

  async build(gpu: GpuDevice): Promise<void> {
    const motion = await this.#createMotion(gpu);
    motion.setControls(this.#controls);
    motion.setSilentState(this.#silentState);
    this.#onDevice = { device: gpu.device, motion };
  }

  async release(): Promise<void> {
    await this.#stepping; // The networks must not be freed while they run.
    this.#encoder = undefined;
    this.#onDevice?.motion.destroy(); // The onnxruntime session of the WASM backend would outlive the device.
    this.#onDevice = undefined;
  }

  /** Where the motion is computed. */
  get backend(): 'wgsl' | 'wasm' {
    return this.#motion.backend;
  }

  /** From now on motion frames go to `renderer`, which starts from the rest pose. It remains the caller's. */
  setRenderer(renderer: PortraitRenderer | undefined): void {
    this.#flush(); // A step that has not been drawn yet writes into the previous renderer.
    this.#renderer = renderer;
  }

  /** New motion controls, checked, from the next frame on. */
  setControls(controls: Readonly<MotionControls>): void {
    this.#controls = controls;
    this.#onDevice?.motion.setControls(controls);
  }

  /** Changes what the portrait does while nobody speaks, from the next frame on. */
  setSilentState(state: SilentState): void {
    this.#silentState = state;
    this.#onDevice?.motion.setSilentState(state);
  }

  push(chunk: PcmChunk): void {
    this.#audio.push(chunk);
  }

  /** No more PCM comes: the look-ahead is filled with silence. */
  end(): void {
    this.#audio.end();
  }

  /**
   * Starts a new audio stream. The motion continues from the current pose of the face.
   *
   * @param isVoice whether a voice begins; otherwise silence does
   * @param warmUpFrames its first frames only give the encoder its context; no motion is made of them
   */
  restartAudio(isVoice: boolean, warmUpFrames = 0): void {
    if (isVoice) this.#onDevice?.motion.beginVoice();
    else this.#onDevice?.motion.endVoice();
    this.#audio.reset();
    this.#warmUpFrames = warmUpFrames;
  }

  /**
   * Makes the next motion frame, if there is enough PCM for it. Calls must not overlap.
   *
   * @returns the audio embedding it was made of; null if more PCM is needed
   */
  step(): Promise<AudioEmbedding | null> {
    const step = this.#step();
    this.#stepping = step.catch(() => {});
    return step;
  }

  async #step(): Promise<AudioEmbedding | null> {
    const start = performance.now();
    let embedding = await this.#audio.next();
    for (; embedding && this.#warmUpFrames > 0; this.#warmUpFrames--) embedding = await this.#audio.next();
    if (!embedding) return null;
    const heard = performance.now();
    this.#stats.add('audio', heard - start);
    this.#flush(); // One motion step per command buffer, because its inputs are written through the queue.
    const encoder = this.#device.createCommandEncoder({ label: 'motion frame' });
    const frame = await this.#motion.step(encoder, embedding);
    this.#renderer?.advance(encoder, frame); // Read only now: the portrait may have changed meanwhile.
    this.#encoder = encoder;
    this.#stats.add('motion', performance.now() - heard);
    return embedding;
  }

  /**
   * Draws between the last two motion frames and submits. There must be a renderer.
   *
   * @param mix 0: the previous motion frame, 1: the newest
   */
  draw(mix: number, target: GPUTextureView): void {
    if (!this.#renderer) throw new Error('draw needs a portrait');
    const encoder = this.#encoder ?? this.#device.createCommandEncoder({ label: 'picture' });
    this.#renderer.encode(encoder, mix, target);
    this.#device.queue.submit([encoder.finish()]);
    this.#encoder = undefined;
  }

  /** Reads back the newest motion frame; for tests and records only. */
  async readMotion(): Promise<{ latent: MotionLatent; tokens: Uint32Array }> {
    this.#flush();
    const device = this.#device;
    const { latent, tokens } = this.#motion;
    const staging = device.createBuffer({
      label: 'motion read-back',
      size: LATENT_BYTES + tokens.size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = device.createCommandEncoder({ label: 'motion read-back' });
    encoder.copyBufferToBuffer(latent, 0, staging, 0, LATENT_BYTES);
    encoder.copyBufferToBuffer(tokens, 0, staging, LATENT_BYTES, tokens.size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const bytes = staging.getMappedRange().slice(0);
    staging.destroy();
    return { latent: new Float32Array(bytes, 0, MOTION_LATENT_SIZE), tokens: new Uint32Array(bytes, LATENT_BYTES) };
  }

  /** Submits a motion step that was not drawn. */
  #flush(): void {
    if (this.#encoder) this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
  }

  get #device(): GPUDevice {
    return this.#parts.device;
  }

  get #motion(): MotionGenerator {
    return this.#parts.motion;
  }

  get #parts(): { device: GPUDevice; motion: MotionGenerator } {
    if (!this.#onDevice) throw new Error('the animation pipeline has no device');
    return this.#onDevice;
  }
}
