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
import { SAMPLE_RATE_HZ, SAMPLES_PER_FRAME } from '../core/time';
import { TalkingPortraitError } from '../errors';
import type { ModelLoader } from '../weights/model-loader';
import {
  createOnnxSession,
  type InferenceSession,
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxRuntimeOptions,
} from '../weights/onnx-session';
import { parseSafetensors } from '../weights/safetensors';
import { AudioEncoder, type AudioEncoderConfig, MEL_FRAMES_PER_STEP, parseAudioEncoderConfig } from './audio-encoder';
import { FloatQueue } from './float-queue';
import { FrameLevels } from './frame-levels';
import { LogMel, MEL_BANDS } from './log-mel';
import { assertFinite } from './pcm-checks';
import { Resampler } from './resampler';

const MODEL_NAME = 'audio-encoder';
const STEP_MELS = MEL_FRAMES_PER_STEP * MEL_BANDS;
/** Silence for lost samples is made in pieces, so that a long gap needs no long array. */
const GAP_BLOCK_SAMPLES = 1 << 16;

/** Options of {@link AudioContextCache}. */
export type AudioContextOptions = {
  /** Frames of 40 ms that an embedding may wait for: 0, 1 or 2. */
  lookaheadFrames: number;
};

/** From PCM chunks to audio embeddings. One stream at a time; `reset` begins the next. */
export class AudioContextCache {
  readonly #encoder: AudioEncoder;
  readonly #lookaheadFrames: number;
  #resampler: Resampler | undefined;
  #logMel = new LogMel();
  /** Mel frames that wait for their step. */
  #mels = new FloatQueue();
  #levels = new FrameLevels();
  /** Sample that the next chunk should begin with, at the stream's rate. */
  #expectedSample: number | undefined;
  /** Samples at 16 kHz that the mel frames were made of. */
  #samples = 0;
  /** Steps of the encoder so far. */
  #steps = 0;
  /** Frames in all, known once the stream has ended. */
  #frames = Number.POSITIVE_INFINITY;
  #stream = 0;

  private constructor(encoder: AudioEncoder, lookaheadFrames: number) {
    this.#encoder = encoder;
    this.#lookaheadFrames = lookaheadFrames;
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

  /** Frames that the stream has in all once it has ended, else Infinity. */
  get frames(): number {
    return this.#frames;
  }

  /**
   * Takes PCM. The chunk may be reused after the call.
   *
   * Lost samples (startSample beyond the end of the chunk before) become silence, so that time stays true. A new rate
   * begins a new resampler: the 2.6 ms in its filter are lost.
   *
   * @throws TalkingPortraitError `audio-not-finite`, `sample-rate`, `audio-corrupt` (chunk out of order), `closed` (after end)
   */
  push(chunk: PcmChunk): void {
    const { samples, sampleRate, startSample } = chunk;
    if (this.#frames !== Number.POSITIVE_INFINITY) {
      throw new TalkingPortraitError(
        'closed',
        'PCM came after the end of the stream.',
        'Reset before the next stream.',
      );
    }
    assertFinite(samples);
    if (this.#resampler?.rateHz !== sampleRate) {
      this.#resampler = new Resampler(sampleRate);
      this.#expectedSample = undefined;
    }
    const gap = startSample - (this.#expectedSample ?? startSample);
    if (gap < 0) {
      throw new TalkingPortraitError(
        'audio-corrupt',
        'A chunk of PCM begins before the end of the one before.',
        'Number the samples of a stream without overlap.',
        startSample,
      );
    }
    for (let rest = gap; rest > 0; rest -= GAP_BLOCK_SAMPLES) {
      this.#pushResampled(this.#resampler.push(new Float32Array(Math.min(rest, GAP_BLOCK_SAMPLES))));
    }
    this.#pushResampled(this.#resampler.push(samples));
    this.#expectedSample = startSample + samples.length;
  }

  /** Ends the stream: its last frame and the look-ahead behind it are filled with silence. */
  end(): void {
    if (this.#frames !== Number.POSITIVE_INFINITY) return;
    this.#frames = Math.ceil(this.#samples / SAMPLES_PER_FRAME);
    const wanted = this.#frames === 0 ? 0 : (this.#frames + this.#lookaheadFrames) * SAMPLES_PER_FRAME;
    // Through the resampler, so that what is still in its filter comes out.
    const missing = Math.ceil(((wanted - this.#samples) * (this.#resampler?.rateHz ?? 0)) / SAMPLE_RATE_HZ);
    if (this.#resampler) this.#pushResampled(this.#resampler.push(new Float32Array(missing)));
  }

  /** Forgets the stream; the next one begins at frame 0 with a state of silence. */
  reset(): void {
    this.#stream++;
    this.#resampler = undefined;
    this.#expectedSample = undefined;
    this.#logMel = new LogMel();
    this.#mels = new FloatQueue();
    this.#levels = new FrameLevels();
    this.#samples = 0;
    this.#steps = 0;
    this.#frames = Number.POSITIVE_INFINITY;
    this.#encoder.reset();
  }

  /**
   * The embedding of the next frame. Calls must not overlap.
   *
   * @returns null when more PCM is needed, or the stream has ended
   */
  async next(): Promise<AudioEmbedding | null> {
    const stream = this.#stream;
    while (this.#mels.length >= STEP_MELS) {
      const frame = this.#steps++ - this.#lookaheadFrames;
      const { embedding, ...said } = await this.#encoder.step(this.#mels.shift(STEP_MELS));
      if (stream !== this.#stream) return null; // reset meanwhile
      if (frame >= 0) return { frame, values: embedding, ...said, level: this.#levels.shift() };
    }
    return null;
  }

  #pushResampled(samples: Float32Array): void {
    this.#samples += samples.length;
    this.#levels.push(samples);
    this.#mels.push(this.#logMel.push(samples));
  }
}
