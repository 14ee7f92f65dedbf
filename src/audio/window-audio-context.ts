/**
 * @file WindowAudioContext: the audio cache of SoulX-FlashHead (arXiv 2602.07449, `get_audio_embedding`), for encoders
 * that users bring and that keep no state.
 *
 * A deque of 8 s of 16 kHz PCM, zeros at the start; for every chunk the whole deque is brought to zero mean and unit
 * variance, encoded, and interpolated linearly (end points aligned) to 25 Hz; the last frames are kept, each with its
 * two neighbours on either side, clamped at the edges of the window. The right edge is thereby repeated: no look-ahead.
 */

import type { PcmChunk } from '../core/audio-types';
import { FRAME_RATE_HZ, SAMPLE_RATE_HZ } from '../core/time';
import { TalkingPortraitError } from '../errors';
import { assertFinite } from './pcm-checks';
import { Resampler } from './resampler';

/** A sequence of feature vectors: f32[length x size], row-major. */
export type FeatureSequence = { values: Float32Array; length: number; size: number };

/** What the user's encoder has to do. */
export type WindowEncoder = {
  /** PCM of the whole window, zero mean and unit variance, to features at any rate: wav2vec 2.0's convolutions. */
  extract(pcm: Float32Array): Promise<FeatureSequence>;
  /** Features at 25 Hz to embeddings, one each: wav2vec 2.0's transformer. Left out, the features are the embeddings. */
  contextualise?(features: FeatureSequence): Promise<FeatureSequence>;
};

/** Settings of {@link WindowAudioContext}. */
export type WindowAudioContextOptions = {
  /** Length of the deque. @defaultValue 8 */
  windowSeconds?: number;
  /** Frames handed out, the newest last. @defaultValue 33 */
  keptFrames?: number;
};

/** Neighbours on either side of a frame. */
const NEIGHBOURS = 2;
/** Added to the variance, as Wav2Vec2FeatureExtractor does. */
const VARIANCE_FLOOR = 1e-7;

/** Keeps the window and encodes it on demand. */
export class WindowAudioContext {
  readonly #encoder: WindowEncoder;
  readonly #keptFrames: number;
  readonly #frames: number;
  readonly #window: Float32Array;
  #resampler: Resampler | undefined;

  /** @throws TalkingPortraitError `invalid-option` */
  constructor(encoder: WindowEncoder, { windowSeconds = 8, keptFrames = 33 }: WindowAudioContextOptions = {}) {
    this.#encoder = encoder;
    this.#keptFrames = keptFrames;
    this.#frames = Math.round(windowSeconds * FRAME_RATE_HZ);
    if (!(Number.isInteger(keptFrames) && keptFrames >= 1 && keptFrames <= this.#frames)) {
      throw new TalkingPortraitError(
        'invalid-option',
        'The window holds fewer frames than are kept.',
        'Keep 1 frame up to the whole window.',
        keptFrames,
      );
    }
    this.#window = new Float32Array(Math.round(windowSeconds * SAMPLE_RATE_HZ));
  }

  /** Takes PCM; the oldest samples fall out. @throws TalkingPortraitError `audio-not-finite`, `sample-rate` */
  push({ samples, sampleRate }: PcmChunk): void {
    assertFinite(samples);
    if (this.#resampler?.rateHz !== sampleRate) this.#resampler = new Resampler(sampleRate);
    const window = this.#window;
    const fresh = this.#resampler.push(samples).subarray(-window.length);
    window.copyWithin(0, fresh.length);
    window.set(fresh, window.length - fresh.length);
  }

  /** Silence again. */
  reset(): void {
    this.#window.fill(0);
    this.#resampler = undefined;
  }

  /** Encodes the window. @returns f32[keptFrames x 5 x size], size as the encoder has it */
  async context(): Promise<{ values: Float32Array; frames: number; size: number }> {
    const features = resampleFeatures(await this.#encoder.extract(normalise(this.#window)), this.#frames);
    const { values, size } = (await this.#encoder.contextualise?.(features)) ?? features;
    const width = 2 * NEIGHBOURS + 1;
    const context = new Float32Array(this.#keptFrames * width * size);
    for (let k = 0; k < this.#keptFrames; k++) {
      const frame = this.#frames - this.#keptFrames + k;
      for (let j = 0; j < width; j++) {
        const neighbour = Math.min(this.#frames - 1, Math.max(0, frame + j - NEIGHBOURS));
        context.set(values.subarray(neighbour * size, (neighbour + 1) * size), (k * width + j) * size);
      }
    }
    return { values: context, frames: this.#keptFrames, size };
  }
}

/** Zero mean, unit variance. */
function normalise(pcm: Float32Array): Float32Array {
  let mean = 0;
  for (const sample of pcm) mean += sample / pcm.length;
  let variance = 0;
  for (const sample of pcm) variance += (sample - mean) ** 2 / pcm.length;
  const scale = 1 / Math.sqrt(variance + VARIANCE_FLOOR);
  return pcm.map((sample) => (sample - mean) * scale);
}

/** Linear interpolation over time with the first and last vectors in place (`align_corners`). */
export function resampleFeatures({ values, length, size }: FeatureSequence, frames: number): FeatureSequence {
  const out = new Float32Array(frames * size);
  for (let frame = 0; frame < frames; frame++) {
    const at = frames > 1 ? (frame * (length - 1)) / (frames - 1) : 0;
    const left = Math.floor(at);
    const right = Math.min(length - 1, left + 1);
    const blend = at - left;
    for (let i = 0; i < size; i++) {
      const a = values[left * size + i]!;
      out[frame * size + i] = a + blend * (values[right * size + i]! - a);
    }
  }
  return { values: out, length: frames, size };
}
