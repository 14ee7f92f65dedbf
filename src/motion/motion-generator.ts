/**
 * @file MotionGenerator: from the audio embedding of a frame to its MotionFrame.
 *
 * It determines the state of the portrait (idle, attentive, speaking), holds the motion controls, and passes the
 * adjustment computed by the procedural motion to the backend, which applies it to the decoded motion.
 */

import type { AudioEmbedding } from '../core/audio-types';
import type { MotionFrame } from '../core/motion-frame';
import type { MotionState, SilentState } from '../core/portrait-state';
import type { GpuDevice } from '../gpu/device';
import { DEFAULT_CONTROLS, type MotionControls } from '../options/controls';
import type { ModelLoader } from '../weights/model-loader';
import type { AdjustmentSource } from './adjustment-maps';
import { createMotionBackend, type MotionBackendOptions } from './choose-backend';
import { ADJUSTMENT } from './motion-adjustment';
import type { MotionBackend, MotionReading } from './motion-backend';
import { MouthRest } from './mouth-rest';
import { ProceduralMotion } from './procedural-motion';
import { SpeechBlend } from './speech-blend';
import { samplerOf } from './token-sampler';

/** Pauses shorter than this, in frames of 40 ms, belong to the speech for head, gaze and blinks. */
const SPEAKING_FRAMES = 25;

/** Produces one MotionFrame after another. */
export class MotionGenerator {
  readonly #backend: MotionBackend;
  readonly #procedural: ProceduralMotion;
  readonly #speechBlend = new SpeechBlend();
  readonly #mouthRest = new MouthRest();
  #hasVoice = false;
  #silentState: SilentState = 'idle';
  #controls: Readonly<MotionControls> = DEFAULT_CONTROLS;
  /** Index of the next frame, which also indexes the random numbers; it never goes back. */
  #frame = 0;

  /** @param seed integer; the same seed and audio give the same motion on every backend */
  constructor(backend: MotionBackend, seed: number) {
    this.#backend = backend;
    this.#procedural = new ProceduralMotion(seed);
  }

  /**
   * Loads the motion model and sets up a backend for it.
   *
   * @param gpu undefined without a GPU
   * @throws TalkingPortraitError 'weights-missing', 'weights-corrupt', 'unsupported'
   */
  static async create(
    gpu: GpuDevice | undefined,
    loader: ModelLoader,
    faceModel: AdjustmentSource,
    options: MotionBackendOptions,
  ): Promise<MotionGenerator> {
    return new MotionGenerator(await createMotionBackend(gpu, loader, faceModel, options), options.seed);
  }

  /** Where the motion transformer runs. */
  get backend(): 'wgsl' | 'wasm' {
    return this.#backend.kind;
  }

  /** The newest frame, for tests and records; see MotionBackend.read. */
  read(): Promise<MotionReading> {
    return this.#backend.read();
  }

  /** New controls, already checked (resolveControls), from the next frame on. */
  setControls(controls: Readonly<MotionControls>): void {
    this.#controls = controls;
    this.#procedural.setControls(controls);
    this.#backend.setSampler(samplerOf(controls, this.#backend.config));
  }

  /** What the portrait does while nobody speaks. */
  get silentState(): SilentState {
    return this.#silentState;
  }

  /** Changes what the portrait does while nobody speaks, from the next frame on. */
  setSilentState(state: SilentState): void {
    this.#silentState = state;
  }

  /** A voice begins: the motion replaces the mouth expression of the photo before the first word. */
  beginVoice(): void {
    this.#hasVoice = true;
    this.#mouthRest.cancel();
    this.#speechBlend.begin();
  }

  /** The voice is over or stands still: the mouth is at rest within 120 ms, wherever the voice was cut off. */
  endVoice(): void {
    if (this.#hasVoice) this.#mouthRest.begin();
    this.#hasVoice = false;
  }

  /**
   * Produces the next frame. At most one step per command buffer, because its inputs are written through the queue.
   *
   * @param encoder receives the commands of the WGSL backend; undefined without a GPU
   */
  async step(encoder: GPUCommandEncoder | undefined, embedding: AudioEmbedding): Promise<MotionFrame> {
    this.#speechBlend.update(embedding.speaking);
    const speechBlend = this.#speechBlend.value;
    const state: MotionState = this.#speechBlend.quietFrames < SPEAKING_FRAMES ? 'speaking' : this.#silentState;
    const adjustment = this.#procedural.next(embedding, state);
    adjustment[ADJUSTMENT.mouth]! *= this.#mouthRest.next();
    await this.#backend.step(encoder, this.#frame++, embedding.values, adjustment);
    const { articulation } = embedding;
    return { latent: this.#backend.latent, articulation, speechBlend, secondaryMotion: this.#controls.secondaryMotion };
  }

  destroy(): void {
    this.#backend.destroy();
  }
}
