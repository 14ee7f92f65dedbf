/**
 * @file AudioContextCache, the temporal audio context cache: PCM in pieces of any size goes in, one embedding per video
 * frame comes out, and nothing is ever computed twice.
 *
 * SoulX-FlashHead (arXiv 2602.07449) keeps 8 s of PCM and encodes all of it again for every chunk; see
 * window-audio-context.ts. Here the context is kept as what the computation left behind: the resampler's history, the
 * halo of the mel window, the encoder's state tensors and the count of its steps. A step costs the same however long
 * the stream is, and the result does not depend on how the PCM was cut into chunks.
 */

import type { AudioEmbedding, PcmChunk } from '../core/audio-types';
import type { ModelLoader } from '../weights/model-loader';
import {
  createOnnxSession,
  type InferenceSession,
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxRuntimeOptions,
} from '../weights/onnx-session';
import { parseSafetensors } from '../weights/safetensors';
import type { AudioEmbedder } from './audio-embedder';
import { AudioEncoder, type AudioEncoderConfig, MEL_FRAMES_PER_STEP, parseAudioEncoderConfig } from './audio-encoder';
import { FloatQueue } from './float-queue';
import { LogMel, MEL_BANDS } from './log-mel';
import { PcmIntake } from './pcm-intake';
import { SpeechGate } from './speech-gate';

const MODEL_NAME = 'audio-encoder';
const STEP_MELS = MEL_FRAMES_PER_STEP * MEL_BANDS;

/** Options of {@link AudioContextCache}. */
export type AudioContextOptions = {
  /** Frames of 40 ms that an embedding may wait for: 0, 1 or 2. */
  lookaheadFrames: number;
};

/** From PCM chunks to audio embeddings, by the streaming encoder. */
export class AudioContextCache implements AudioEmbedder {
  readonly #encoder: AudioEncoder;
  readonly #lookaheadFrames: number;
  #intake: PcmIntake;
  readonly #gate = new SpeechGate();
  #logMel = new LogMel();
  /** Mel frames that wait for their step. */
  #mels = new FloatQueue();
  /** Steps of the encoder so far. */
  #steps = 0;
  #stream = 0;

  private constructor(encoder: AudioEncoder, lookaheadFrames: number) {
    this.#encoder = encoder;
    this.#lookaheadFrames = lookaheadFrames;
    this.#intake = this.#newIntake();
  }

  /** @throws TalkingPortraitError `invalid-option` where the encoder does not know the look-ahead */
  static create(
    runtime: OnnxRuntime,
    session: InferenceSession,
    config: AudioEncoderConfig,
    { lookaheadFrames }: AudioContextOptions,
  ): AudioContextCache {
    return new AudioContextCache(new AudioEncoder(runtime, session, config, lookaheadFrames), lookaheadFrames);
  }

  /** Loads the audio encoder and makes a cache of it. @throws TalkingPortraitError as ModelLoader.load */
  static async load(
    loader: ModelLoader,
    options: AudioContextOptions,
    runtimeOptions: OnnxRuntimeOptions = {},
  ): Promise<AudioContextCache> {
    const [session, weights, runtime] = await Promise.all([
      createOnnxSession(loader, MODEL_NAME, runtimeOptions),
      loader.load(`${MODEL_NAME}.safetensors`),
      loadOnnxRuntime(runtimeOptions),
    ]);
    const config = parseAudioEncoderConfig(parseSafetensors(weights).metadata['config']);
    return AudioContextCache.create(runtime, session, config, options);
  }

  get frames(): number {
    return this.#intake.frames;
  }

  push(chunk: PcmChunk): void {
    this.#intake.push(chunk);
  }

  end(): void {
    this.#intake.end();
  }

  reset(): void {
    this.#stream++;
    this.#intake = this.#newIntake();
    this.#gate.reset();
    this.#logMel = new LogMel();
    this.#mels = new FloatQueue();
    this.#steps = 0;
    this.#encoder.reset();
  }

  async next(): Promise<AudioEmbedding | null> {
    const stream = this.#stream;
    while (this.#mels.length >= STEP_MELS) {
      const frame = this.#steps++ - this.#lookaheadFrames;
      const { embedding: values, speech, articulation } = await this.#encoder.step(this.#mels.shift(STEP_MELS));
      if (stream !== this.#stream) return null; // reset meanwhile
      if (frame < 0) continue;
      const level = this.#intake.levels.shift();
      return { frame, values, speech, speaking: this.#gate.update({ speech, level }), articulation, level };
    }
    return null;
  }

  #newIntake(): PcmIntake {
    return new PcmIntake(this.#lookaheadFrames, (samples) => this.#mels.push(this.#logMel.push(samples)));
  }
}
