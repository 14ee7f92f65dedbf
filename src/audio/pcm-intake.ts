/**
 * @file PcmIntake: the door of an audio stream. Chunks of any size and rate go in, checked and in order; gapless mono PCM at
 * 16 kHz comes out, with its levels and, once it has ended, its length in frames.
 */

import type { PcmChunk } from '../core/audio-types';
import { SAMPLE_RATE_HZ, SAMPLES_PER_FRAME } from '../core/time';
import { TalkingPortraitError } from '../errors';
import { FrameLevels } from './frame-levels';
import { assertFinite } from './pcm-checks';
import { Resampler } from './resampler';

/** Silence for lost samples is made in pieces, so that a long gap needs no long array. */
const GAP_BLOCK_SAMPLES = 1 << 16;

/** One stream; the next one gets a new intake. */
export class PcmIntake {
  /** Levels of the stream's frames, in order. */
  readonly levels = new FrameLevels();
  #resampler: Resampler | undefined;
  /** Sample that the next chunk should begin with, at the stream's rate. */
  #expectedSample: number | undefined;
  /** Samples at 16 kHz handed on so far. */
  #samples = 0;
  #frames = Number.POSITIVE_INFINITY;
  readonly #lookaheadFrames: number;
  readonly #take: (samples: Float32Array) => void;

  /**
   * @param lookaheadFrames frames of silence behind the end
   * @param take gets the samples at 16 kHz
   */
  constructor(lookaheadFrames: number, take: (samples: Float32Array) => void) {
    this.#lookaheadFrames = lookaheadFrames;
    this.#take = take;
  }

  /** Frames that the stream has in all once it has ended, else Infinity. */
  get frames(): number {
    return this.#frames;
  }

  /**
   * Lost samples (startSample beyond the end of the chunk before) become silence, so that time stays true. A new rate
   * begins a new resampler: the 2.6 ms in its filter are lost.
   *
   * @throws TalkingPortraitError as AudioEmbedder.push
   */
  push({ samples, sampleRate, startSample }: PcmChunk): void {
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
      this.#handOn(this.#resampler.push(new Float32Array(Math.min(rest, GAP_BLOCK_SAMPLES))));
    }
    this.#handOn(this.#resampler.push(samples));
    this.#expectedSample = startSample + samples.length;
  }

  /** No more PCM comes: the last frame and the look-ahead behind it are filled with silence. */
  end(): void {
    if (this.#frames !== Number.POSITIVE_INFINITY) return;
    this.#frames = Math.ceil(this.#samples / SAMPLES_PER_FRAME);
    const wanted = this.#frames === 0 ? 0 : (this.#frames + this.#lookaheadFrames) * SAMPLES_PER_FRAME;
    // Through the resampler, so that what is still in its filter comes out.
    const missing = Math.ceil(((wanted - this.#samples) * (this.#resampler?.rateHz ?? 0)) / SAMPLE_RATE_HZ);
    if (this.#resampler) this.#handOn(this.#resampler.push(new Float32Array(missing)));
  }

  #handOn(samples: Float32Array): void {
    this.#samples += samples.length;
    this.levels.push(samples);
    this.#take(samples);
  }
}
