/**
 * @file AccentDetector: which syllables of a voice stand out, told from the loudness of its frames, 40 ms after their peak.
 *
 * A peak of the level counts when it stands above the voice's own running mean and after a fall of a few dB, and not too
 * soon after the last one: about one or two a second, the rate of stressed syllables. Measured against the voice's own
 * mean and deviation, so that neither gain nor distance of the microphone matters. Loudness is the strongest single cue
 * of prominence (Kochanski et al., 2005). It moves head and brows; the lips follow the tokens alone.
 */

import { FRAME_RATE_HZ } from '../core/time';

const SPEECH = 0.5;
/** Frames of the running mean and deviation. */
const MEMORY_FRAMES = 1.5 * FRAME_RATE_HZ;
const START_DEVIATION_DB = 5;
const LEAST_DEVIATION_DB = 2;
/** Deviations above the mean. */
const LEAST_PROMINENCE = 0.3;
const LEAST_RISE_DB = 4;
const LEAST_FRAMES_APART = 8;

/** State machine over frames; one `next` a frame. */
export class AccentDetector {
  #mean: number | undefined;
  #deviation = START_DEVIATION_DB;
  #last = Number.NEGATIVE_INFINITY;
  #smoothed = Number.NEGATIVE_INFINITY;
  #before = Number.NEGATIVE_INFINITY;
  /** Lowest level since the last accent. */
  #valley = Number.POSITIVE_INFINITY;
  #sinceAccent = LEAST_FRAMES_APART;

  /**
   * @param speech probability of speech, 0 ... 1
   * @param level dBFS
   * @returns strength of an accent whose peak was the frame before, 0: none, 1: strong
   */
  next(speech: number, level: number): number {
    const now = (level + (Number.isFinite(this.#last) ? this.#last : level)) / 2;
    const [before, peak] = [this.#before, this.#smoothed];
    this.#last = level;
    this.#before = peak;
    this.#smoothed = now;
    this.#sinceAccent++;
    if (speech < SPEECH) return 0;
    this.#learn(level);
    const isPeak = peak > before && peak >= now;
    const prominence = (peak - this.#mean!) / this.#deviation;
    const rise = peak - this.#valley;
    this.#valley = Math.min(this.#valley, now);
    if (!isPeak || prominence < LEAST_PROMINENCE || rise < LEAST_RISE_DB || this.#sinceAccent < LEAST_FRAMES_APART)
      return 0;
    this.#sinceAccent = 0;
    this.#valley = now;
    return Math.min(1, 0.4 + 0.4 * prominence);
  }

  reset(): void {
    this.#mean = undefined;
    this.#deviation = START_DEVIATION_DB;
    this.#last = this.#smoothed = this.#before = Number.NEGATIVE_INFINITY;
    this.#valley = Number.POSITIVE_INFINITY;
    this.#sinceAccent = LEAST_FRAMES_APART;
  }

  #learn(level: number): void {
    this.#mean ??= level;
    this.#mean += (level - this.#mean) / MEMORY_FRAMES;
    const away = Math.abs(level - this.#mean);
    this.#deviation = Math.max(LEAST_DEVIATION_DB, this.#deviation + (away - this.#deviation) / MEMORY_FRAMES);
  }
}
