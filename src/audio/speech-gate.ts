/**
 * @file SpeechGate: does somebody speak now? The encoder's probability decides, with hysteresis so that it does not
 * flicker, a floor of loudness so that a far-away voice or the noise of a fan does not count, and a hangover in frames so
 * that the pauses inside a sentence do not end it. It reports; it moves no mouth.
 */

import type { AudioEmbedding } from '../core/audio-types';

/** Settings of {@link SpeechGate}. */
export type SpeechGateOptions = {
  /** Probability at and above which speech begins. @defaultValue 0.6 */
  openAt?: number;
  /** Probability below which a frame does not count as speech any more. @defaultValue 0.35 */
  closeBelow?: number;
  /** Loudness below which nothing is speech, dBFS. @defaultValue -55 */
  floor?: number;
  /** Frames of 40 ms without speech until it has ended. @defaultValue 10 */
  hangoverFrames?: number;
};

/** State machine over frames; one `update` per frame. */
export class SpeechGate {
  readonly #openAt: number;
  readonly #closeBelow: number;
  readonly #floor: number;
  readonly #hangoverFrames: number;
  /** Frames until the end; 0 while closed. */
  #left = 0;

  constructor({ openAt = 0.6, closeBelow = 0.35, floor = -55, hangoverFrames = 10 }: SpeechGateOptions = {}) {
    this.#openAt = openAt;
    this.#closeBelow = closeBelow;
    this.#floor = floor;
    this.#hangoverFrames = hangoverFrames;
  }

  /** Whether speech goes on. */
  get open(): boolean {
    return this.#left > 0;
  }

  /** Takes the next frame in. @returns whether speech goes on */
  update({ speech, level }: Pick<AudioEmbedding, 'speech' | 'level'>): boolean {
    const threshold = this.open ? this.#closeBelow : this.#openAt;
    if (speech >= threshold && level >= this.#floor) this.#left = this.#hangoverFrames + 1;
    else if (this.open) this.#left--;
    return this.open;
  }

  /** Closes at once: another voice begins. */
  reset(): void {
    this.#left = 0;
  }
}
