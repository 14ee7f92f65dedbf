/**
 * @file WindowAudioContext: the audio context of SoulX-FlashHead (arXiv 2602.07449, `get_audio_embedding`), for custom
 * encoders that keep no state.
 *
 * The last 8 s of 16 kHz PCM are kept, zeros at the start. For every chunk the whole window is normalised to zero mean
 * and unit variance, encoded, and interpolated linearly (end points aligned) to 25 Hz; the newest frames are returned.
 * A chunk is all pending PCM, up to FlashHead's 33 frames: a file is encoded once per 1.3 s of sound, a microphone as
 * often as the machine can. The same frame of a live voice may therefore lie at different positions in its window in
 * two runs, and its embedding varies with this position if the output of the encoder does.
 */

import { EMBEDDING_SIZE } from '../core/audio-types';
import { FRAME_RATE_HZ, SAMPLES_PER_FRAME } from '../core/time';
import { TalkingPortraitError } from '../errors';
import { AudioEmbedder } from './audio-embedder';
import { type FeatureSequence, resampleFeatures } from './feature-sequence';
import { FloatQueue } from './float-queue';
import type { FrameEncoder, FrameEncoding } from './frame-encoder';

/** The output of an encoder for a window, at 25 Hz or more. */
export type EncodedWindow = {
  /** f32[length x 256], embeddings for the motion transformer. */
  embeddings: FeatureSequence;
  /** f32[length x 1], probability of speech. */
  speech?: FeatureSequence;
};

/** Encodes a window. @param pcm f32[window samples], 16 kHz; not used again by the caller */
export type WindowEncoder = (pcm: Float32Array) => Promise<EncodedWindow>;

/** Settings of {@link createWindowEmbedder}. */
export type WindowAudioContextOptions = {
  /** Frames of 40 ms that an embedding waits for: 0, 1 or 2. */
  lookaheadFrames: number;
  /** Length of the window, whole seconds. @defaultValue 8 */
  windowSeconds?: number;
  /** Largest number of frames taken from one encoding. @defaultValue 33 */
  keptFrames?: number;
  /** Whether the encoder receives PCM of zero mean and unit variance. @defaultValue true */
  normalise?: boolean;
};

/** Added to the variance, as Wav2Vec2FeatureExtractor does. */
const VARIANCE_FLOOR = 1e-7;

/** Keeps the window of one stream and encodes it whenever a frame is requested and none is left. */
class WindowAudioContext implements FrameEncoder {
  readonly #encode: WindowEncoder;
  readonly #lookaheadFrames: number;
  readonly #keptFrames: number;
  /** The last `windowSeconds` of the stream. */
  readonly #window: Float32Array;
  /** PCM that has not moved into the window yet. */
  readonly #waiting = new FloatQueue();
  /** Frames that have moved into the window. */
  #framesIn = 0;
  /** Frames returned, or ready to be returned. */
  #framesOut = 0;
  /** Frames of the last encoding that have not been returned, oldest first. */
  #ready: FrameEncoding[] = [];

  /** @param encode reads the window during the call and keeps no reference to it */
  constructor(
    encode: WindowEncoder,
    {
      lookaheadFrames,
      keptFrames,
      windowSamples,
    }: { lookaheadFrames: number; keptFrames: number; windowSamples: number },
  ) {
    this.#encode = encode;
    this.#lookaheadFrames = lookaheadFrames;
    this.#keptFrames = keptFrames;
    this.#window = new Float32Array(windowSamples);
  }

  push(samples: Float32Array): void {
    this.#waiting.push(samples);
  }

  async next(): Promise<FrameEncoding | null> {
    if (this.#ready.length === 0) {
      const count = this.#fillWindow();
      if (count <= 0) return null;
      this.#ready = this.#lastFrames(await this.#encode(this.#window), count);
      this.#framesOut += count;
    }
    return this.#ready.shift()!;
  }

  /** Moves pending whole frames into the window. @returns how many more frames can be returned now */
  #fillWindow(): number {
    const most = this.#framesOut + this.#lookaheadFrames + this.#keptFrames - this.#framesIn;
    const frames = Math.min(most, Math.floor(this.#waiting.length / SAMPLES_PER_FRAME));
    const samples = this.#waiting.shift(frames * SAMPLES_PER_FRAME);
    this.#window.copyWithin(0, samples.length);
    this.#window.set(samples, this.#window.length - samples.length);
    this.#framesIn += frames;
    return this.#framesIn - this.#lookaheadFrames - this.#framesOut;
  }

  /** The last `count` frames before the look-ahead. */
  #lastFrames({ embeddings, speech }: EncodedWindow, count: number): FrameEncoding[] {
    const frames = this.#window.length / SAMPLES_PER_FRAME;
    const { values } = resampleFeatures(embeddings, frames);
    const probabilities = speech && resampleFeatures(speech, frames).values;
    return Array.from({ length: count }, (_, k) => {
      const frame = frames - this.#lookaheadFrames - count + k;
      const probability = probabilities?.[frame];
      return {
        values: values.slice(frame * EMBEDDING_SIZE, (frame + 1) * EMBEDDING_SIZE),
        speech: Number.isNaN(probability) ? undefined : probability,
        articulation: undefined,
      };
    });
  }
}

/** An AudioEmbedder with a custom encoder. @throws TalkingPortraitError `invalid-option` */
export function createWindowEmbedder(
  encode: WindowEncoder,
  { lookaheadFrames, windowSeconds = 8, keptFrames = 33, normalise = true }: WindowAudioContextOptions,
): AudioEmbedder {
  const frames = windowSeconds * FRAME_RATE_HZ;
  if (!(Number.isInteger(keptFrames) && keptFrames >= 1 && keptFrames + lookaheadFrames <= frames)) {
    throw new TalkingPortraitError(
      'invalid-option',
      'The audio window is shorter than the frames that are kept of it.',
      `Keep 1 to ${frames - lookaheadFrames} frames.`,
      keptFrames,
    );
  }
  const prepared = prepareWindows(encode, normalise);
  const windowSamples = Math.round(frames) * SAMPLES_PER_FRAME;
  return new AudioEmbedder(
    () => new WindowAudioContext(prepared, { lookaheadFrames, keptFrames, windowSamples }),
    lookaheadFrames,
  );
}

/**
 * Passes `encode` a copy of every window, normalised if requested. Digital silence, the input of the silent states, is
 * encoded only once.
 */
function prepareWindows(encode: WindowEncoder, normalise: boolean): WindowEncoder {
  let silence: EncodedWindow | undefined;
  return async (window) => {
    if (window.every((sample) => sample === 0)) return (silence ??= await encode(window.slice()));
    return encode(normalise ? normalised(window) : window.slice());
  };
}

/** A copy with zero mean and unit variance. */
function normalised(pcm: Float32Array): Float32Array {
  let mean = 0;
  for (const sample of pcm) mean += sample / pcm.length;
  let variance = 0;
  for (const sample of pcm) variance += (sample - mean) ** 2 / pcm.length;
  const scale = 1 / Math.sqrt(variance + VARIANCE_FLOOR);
  return pcm.map((sample) => (sample - mean) * scale);
}
