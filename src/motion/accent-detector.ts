/**
 * @file AccentDetector: finds the stressed syllables of a voice from the levels of its frames, 40 ms after their peak.
 *
 * A peak of the level is an accent if it lies above the running mean of the voice, follows a rise of a few dB, and is
 * not too close to the previous accent. This gives one or two per second, the rate of stressed syllables. Thresholds
 * are relative to the running mean and deviation, so the gain and the distance of the microphone do not matter.
 * Loudness is the strongest single acoustic cue of prominence (Kochanski et al., 2005). Accents move head and brows,
 * never the lips.
 */

import type { VoiceActivity } from '../core/audio-types';
import { FRAME_RATE_HZ } from '../core/time';

/** Probability above which a frame is speech. */
const SPEECH = 0.5;
/** Time constant of the running mean and deviation. */
const MEMORY_FRAMES = 1.5 * FRAME_RATE_HZ;
const INITIAL_DEVIATION_DB = 5;
const MIN_DEVIATION_DB = 2;
/** Height of a peak above the mean, in deviations. */
const MIN_PROMINENCE = 0.3;
/** Rise from the lowest level since the previous accent. */
const MIN_RISE_DB = 4;
const MIN_DISTANCE_FRAMES = 8;

/** State machine over the frames of all voices. */
export class AccentDetector {
  #mean: number | undefined;
  #deviation = INITIAL_DEVIATION_DB;
  #previousLevel = Number.NEGATIVE_INFINITY;
  /** Smoothed levels of the previous frame and of the one before it. */
  #smoothed = Number.NEGATIVE_INFINITY;
  #smoothedBefore = Number.NEGATIVE_INFINITY;
  /** Lowest smoothed level since the previous accent. */
  #valley = Number.POSITIVE_INFINITY;
  #framesSinceAccent = MIN_DISTANCE_FRAMES;

  /**
   * Takes the next frame.
   *
   * @returns strength of an accent that peaked in the previous frame: 0 none, up to 1
   */
  next({ speech, level }: VoiceActivity): number {
    const now = (level + (Number.isFinite(this.#previousLevel) ? this.#previousLevel : level)) / 2;
    const [before, peak] = [this.#smoothedBefore, this.#smoothed];
    this.#previousLevel = level;
    this.#smoothedBefore = peak;
    this.#smoothed = now;
    this.#framesSinceAccent++;
    if (speech < SPEECH) return 0;
    this.#updateStatistics(level);
    const isPeak = peak > before && peak >= now;
    const prominence = (peak - this.#mean!) / this.#deviation;
    const rise = peak - this.#valley;
    this.#valley = Math.min(this.#valley, now);
    const isAccent =
      isPeak && prominence >= MIN_PROMINENCE && rise >= MIN_RISE_DB && this.#framesSinceAccent >= MIN_DISTANCE_FRAMES;
    if (!isAccent) return 0;
    this.#framesSinceAccent = 0;
    this.#valley = now;
    return Math.min(1, 0.4 + 0.4 * prominence);
  }

  #updateStatistics(level: number): void {
    this.#mean ??= level;
    this.#mean += (level - this.#mean) / MEMORY_FRAMES;
    const away = Math.abs(level - this.#mean);
    this.#deviation = Math.max(MIN_DEVIATION_DB, this.#deviation + (away - this.#deviation) / MEMORY_FRAMES);
  }
}
