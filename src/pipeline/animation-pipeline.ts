/**
 * @file AnimationPipeline: the path of the data, PCM -> audio embedding -> motion frame -> picture.
 *
 * On a GPU there is one command buffer per frame: `step` begins it with the motion (WGSL), `draw` adds the picture and submits it.
 * Nothing on this path is read back from the GPU, except by `readMotion`, which only tests and records use.
 *
 * The pipeline outlives the drawing device. The audio embedder keeps its state; the motion generator is rebuilt on each new
 * device, so the motion starts over there.
 */
import type { AudioEmbedder } from '../audio/audio-embedder';
import type { AudioEmbedding, PcmChunk } from '../core/audio-types';
import type { SilentState } from '../core/portrait-state';
import type { MotionReading } from '../motion/motion-backend';
import type { MotionGenerator } from '../motion/motion-generator';
import type { MotionControls } from '../options/controls';
import type { PortraitRenderer } from '../renderer/portrait-renderer';
import type { DeviceResident } from './device-session';
import type { DrawingDevice } from './drawing/drawing-device';
import type { PipelineStats } from './pipeline-stats';
import type { PictureRecorder } from './portrait-stage';

export class AnimationPipeline implements DeviceResident, PictureRecorder {
  /** What lives on the device; undefined while there is none. */
  #onDevice: { device: DrawingDevice; motion: MotionGenerator } | undefined;
  /** Belongs to the portrait stage. */
  #renderer: PortraitRenderer | undefined;
  /** Frames of the audio stream that are still to be dropped. */
  #warmUpFrames = 0;
  /** The step under way; never rejects. */
  #stepping: Promise<unknown> = Promise.resolve();
  #controls: Readonly<MotionControls>;
  #silentState: SilentState = 'idle';
  readonly #audio: AudioEmbedder;
  readonly #createMotion: (device: DrawingDevice) => Promise<MotionGenerator>;
  readonly #stats: PipelineStats;

  constructor(
    audio: AudioEmbedder,
    createMotion: (device: DrawingDevice) => Promise<MotionGenerator>,
    controls: Readonly<MotionControls>,
    stats: PipelineStats,
  ) {
    this.#audio = audio;
    this.#createMotion = createMotion;
    this.#controls = controls;
    this.#stats = stats;
  }

  async build(device: DrawingDevice): Promise<void> {
    const motion = await this.#createMotion(device);
    motion.setControls(this.#controls);
    motion.setSilentState(this.#silentState);
    this.#onDevice = { device, motion };
  }

  async release(): Promise<void> {
    await this.#stepping; // The networks must not be freed while they run.
    this.#onDevice?.motion.destroy(); // The onnxruntime session of the WASM backend would outlive the device.
    this.#onDevice = undefined;
  }

  /** Where the motion is computed. */
  get backend(): 'wgsl' | 'wasm' {
    return this.#motion.backend;
  }

  /** From now on motion frames go to `renderer`, which starts from the rest pose. It remains the caller's. */
  setRenderer(renderer: PortraitRenderer | undefined): void {
    this.#onDevice?.device.submit(); // A step that has not been drawn yet writes into the previous renderer.
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
    const { device, motion } = this.#parts;
    device.submit(); // One motion step per command buffer, because its inputs are written through the queue.
    const frame = await motion.step(device.encoder, embedding);
    this.#renderer?.advance(frame); // Read only now: the portrait may have changed meanwhile.
    this.#stats.add('motion', performance.now() - heard);
    return embedding;
  }

  /**
   * Draws between the last two motion frames. There must be a renderer.
   *
   * @param mix 0: the previous motion frame, 1: the newest
   */
  draw(mix: number): void {
    if (!this.#renderer) throw new Error('draw needs a portrait');
    this.#renderer.draw(mix);
  }

  /** The newest motion frame; for tests and records only, because on a GPU it is read back. */
  async readMotion(): Promise<MotionReading> {
    this.#parts.device.submit();
    return this.#motion.read();
  }

  get #motion(): MotionGenerator {
    return this.#parts.motion;
  }

  get #parts(): { device: DrawingDevice; motion: MotionGenerator } {
    if (!this.#onDevice) throw new Error('the animation pipeline has no device');
    return this.#onDevice;
  }
}
