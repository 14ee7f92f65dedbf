/**
 * @file PcmIntake: the input of an audio stream. Takes chunks of any size and sample rate, checks them and their order, and
 * passes on gapless mono PCM at 16 kHz. It also measures the level of every frame.
 */

import type { PcmChunk } from '../core/audio-types';
import { SAMPLE_RATE_HZ, SAMPLES_PER_FRAME } from '../core/time';
import { TalkingPortraitError } from '../errors';
import { FrameLevels } from './frame-levels';
import { assertFinite } from '../core/pcm-checks';
import { Resampler } from '../core/resampler';

/** Lost samples are replaced in blocks of this size, so that a long gap needs no large array. */
const GAP_BLOCK_SAMPLES = 1 << 16;

/** One stream; the next stream gets a new intake. */
export class PcmIntake {
  /** Levels of the stream's frames, in order. */
  readonly levels = new FrameLevels();
  #resampler: Resampler | undefined;
  /** Index of the sample that the next chunk should begin with, at the stream's rate. */
  #expectedSample: number | undefined;
  /** Samples at 16 kHz passed on so far. */
  #samples = 0;
  #ended = false;
  readonly #lookaheadFrames: number;
  readonly #take: (samples: Float32Array) => void;

  /**
   * @param lookaheadFrames frames of silence to add after the end
   * @param take gets the samples at 16 kHz
   */
  constructor(lookaheadFrames: number, take: (samples: Float32Array) => void) {
    this.#lookaheadFrames = lookaheadFrames;
    this.#take = take;
  }

  /**
   * Lost samples (a startSample beyond the end of the chunk before) become silence, so that later ones keep their time. A new
   * sample rate gets a new resampler; the 2.6 ms in the old one's filter are lost.
   *
   * @throws TalkingPortraitError as AudioEmbedder.push
   */
  push({ samples, sampleRate, startSample }: PcmChunk): void {
    if (this.#ended) {
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
        'A chunk of PCM begins before the end of the previous chunk.',
        'Number the samples of a stream without overlap.',
        startSample,
      );
    }
    for (let missing = gap; missing > 0; missing -= GAP_BLOCK_SAMPLES) {
      this.#passOn(this.#resampler.push(new Float32Array(Math.min(missing, GAP_BLOCK_SAMPLES))));
    }
    this.#passOn(this.#resampler.push(samples));
    this.#expectedSample = startSample + samples.length;
  }

  /** Ends the stream: its last frame and the look-ahead after it are filled with silence. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const frames = Math.ceil(this.#samples / SAMPLES_PER_FRAME);
    const wanted = frames === 0 ? 0 : (frames + this.#lookaheadFrames) * SAMPLES_PER_FRAME;
    // The silence goes through the resampler and so pushes out what is still in its filter.
    const missing = Math.ceil(((wanted - this.#samples) * (this.#resampler?.rateHz ?? 0)) / SAMPLE_RATE_HZ);
    if (this.#resampler) this.#passOn(this.#resampler.push(new Float32Array(missing)));
  }

  #passOn(samples: Float32Array): void {
    this.#samples += samples.length;
    this.levels.push(samples);
    this.#take(samples);
  }
}
