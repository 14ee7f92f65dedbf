/**
 * @file WindowAudioContext: the audio cache of SoulX-FlashHead (arXiv 2602.07449, `get_audio_embedding`), for encoders
 * that users bring and that keep no state.
 *
 * A deque of 8 s of 16 kHz PCM, zeros at the start; for every chunk the whole deque is brought to zero mean and unit
 * variance, encoded, and interpolated linearly (end points aligned) to 25 Hz; the last frames are kept. A chunk is what waits, up to
 * FlashHead's 33 frames: a file is encoded every 1.3 s, a microphone as often as the machine can. So the same frame of a
 * live voice may stand at another place of its window, and its embedding depends on that as much as the encoder's does.
 */

import { ARTICULATION_SIZE, type AudioEmbedding, EMBEDDING_SIZE, type PcmChunk } from '../core/audio-types';
import { FRAME_RATE_HZ, SAMPLES_PER_FRAME } from '../core/time';
import { TalkingPortraitError } from '../errors';
import type { AudioEmbedder } from './audio-embedder';
import { FloatQueue } from './float-queue';
import { PcmIntake } from './pcm-intake';
import { SpeechGate } from './speech-gate';

/** A sequence of feature vectors: f32[length x size], row-major. */
export type FeatureSequence = { values: Float32Array; length: number; size: number };

/** What an encoder says about a window, at any rate of 25 Hz or more. */
export type EncodedWindow = {
  /** f32[length x 256]: what the motion transformer takes. */
  embeddings: FeatureSequence;
  /** Probability of speech, f32[length x 1]; else loudness has to tell. */
  speech?: FeatureSequence;
};

/** The user's encoder. @param pcm f32[window samples], 16 kHz; its own to keep */
export type WindowEncoder = (pcm: Float32Array) => Promise<EncodedWindow>;

/** Settings of {@link WindowAudioContext}. */
export type WindowAudioContextOptions = {
  /** Frames of 40 ms that an embedding waits for: 0, 1 or 2. */
  lookaheadFrames: number;
  /** Length of the deque, whole seconds. @defaultValue 8 */
  windowSeconds?: number;
  /** Frames that one encoding hands out at most. @defaultValue 33 */
  keptFrames?: number;
  /** Whether the encoder gets zero mean and unit variance. @defaultValue true */
  normalise?: boolean;
};

/** Added to the variance, as Wav2Vec2FeatureExtractor does. */
const VARIANCE_FLOOR = 1e-7;
/** Without a word of the encoder, what is louder than the first is perhaps speech and than the second surely. */
const QUIET_DBFS = -50;
const LOUD_DBFS = -38;

/** Keeps the window and encodes it when a frame is asked for. */
export class WindowAudioContext implements AudioEmbedder {
  readonly #encode: WindowEncoder;
  readonly #lookaheadFrames: number;
  readonly #keptFrames: number;
  readonly #normalise: boolean;
  /** The last windowSeconds of the stream. */
  readonly #window: Float32Array;
  readonly #gate = new SpeechGate();
  #intake: PcmIntake;
  /** PCM that has not moved into the window yet. */
  #waiting = new FloatQueue();
  /** Frames that have. */
  #heard = 0;
  /** Frames handed out. */
  #given = 0;
  /** Frames of the last encoding that wait to be handed out, oldest first. */
  #ready: Pick<AudioEmbedding, 'values' | 'speech'>[] = [];
  /** Of a window of digital silence, which is what a portrait at rest hears. */
  #silence: EncodedWindow | undefined;
  #stream = 0;

  /** @throws TalkingPortraitError `invalid-option` */
  constructor(
    encode: WindowEncoder,
    { lookaheadFrames, windowSeconds = 8, keptFrames = 33, normalise = true }: WindowAudioContextOptions,
  ) {
    const frames = windowSeconds * FRAME_RATE_HZ;
    if (!(Number.isInteger(keptFrames) && keptFrames >= 1 && keptFrames + lookaheadFrames <= frames)) {
      throw new TalkingPortraitError(
        'invalid-option',
        'The window holds fewer frames than are kept.',
        'Keep 1 frame up to the whole window without the look-ahead.',
        keptFrames,
      );
    }
    this.#encode = encode;
    this.#lookaheadFrames = lookaheadFrames;
    this.#keptFrames = keptFrames;
    this.#normalise = normalise;
    this.#window = new Float32Array(Math.round(frames) * SAMPLES_PER_FRAME);
    this.#intake = this.#newIntake();
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
    this.#waiting = new FloatQueue();
    this.#window.fill(0);
    this.#heard = this.#given = 0;
    this.#ready = [];
  }

  async next(): Promise<AudioEmbedding | null> {
    const stream = this.#stream;
    if (this.#ready.length === 0) {
      const fresh = this.#fillWindow();
      if (fresh <= 0) return null;
      const encoded = await this.#encodeWindow();
      if (stream !== this.#stream) return null; // reset meanwhile
      this.#ready = this.#lastFrames(encoded, fresh);
    }
    const encoded = this.#ready.shift()!;
    const level = this.#intake.levels.shift();
    const loudness = (level - QUIET_DBFS) / (LOUD_DBFS - QUIET_DBFS);
    const speech = Math.min(1, Math.max(0, Number.isNaN(encoded.speech) ? loudness : encoded.speech));
    return {
      frame: this.#given++,
      values: encoded.values,
      speech,
      speaking: this.#gate.update({ speech, level }),
      articulation: new Float32Array(ARTICULATION_SIZE),
      level,
    };
  }

  /** Moves whole frames that wait into the window. @returns frames that may be handed out now */
  #fillWindow(): number {
    const most = this.#given + this.#lookaheadFrames + this.#keptFrames - this.#heard;
    const frames = Math.min(most, Math.floor(this.#waiting.length / SAMPLES_PER_FRAME));
    const fresh = this.#waiting.shift(frames * SAMPLES_PER_FRAME);
    this.#window.copyWithin(0, fresh.length);
    this.#window.set(fresh, this.#window.length - fresh.length);
    this.#heard += frames;
    return this.#heard - this.#lookaheadFrames - this.#given;
  }

  async #encodeWindow(): Promise<EncodedWindow> {
    if (!this.#window.every((sample) => sample === 0)) return this.#encodeCopy();
    this.#silence ??= await this.#encodeCopy();
    return this.#silence;
  }

  /** The encoder may still read its samples when the window moves on. */
  #encodeCopy(): Promise<EncodedWindow> {
    return this.#encode(this.#normalise ? normalised(this.#window) : this.#window.slice());
  }

  /** The last `count` frames before the look-ahead. */
  #lastFrames({ embeddings, speech }: EncodedWindow, count: number): Pick<AudioEmbedding, 'values' | 'speech'>[] {
    const frames = this.#window.length / SAMPLES_PER_FRAME;
    const { values } = resampleFeatures(embeddings, frames);
    const said = speech && resampleFeatures(speech, frames).values;
    return Array.from({ length: count }, (_, k) => {
      const frame = frames - this.#lookaheadFrames - count + k;
      return {
        values: values.slice(frame * EMBEDDING_SIZE, (frame + 1) * EMBEDDING_SIZE),
        speech: said ? said[frame]! : Number.NaN,
      };
    });
  }

  #newIntake(): PcmIntake {
    return new PcmIntake(this.#lookaheadFrames, (samples) => this.#waiting.push(samples));
  }
}

/** Zero mean, unit variance. */
function normalised(pcm: Float32Array): Float32Array {
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
