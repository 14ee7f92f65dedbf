/**
 * @file SpeechGate: decides whether somebody is speaking now.
 *
 * The encoder's probability of speech decides, with hysteresis against flicker, a minimum level so that distant voices and
 * fan noise do not count, and a hangover that bridges the pauses inside a sentence. The gate does not move the mouth.
 */

import type { VoiceActivity } from '../core/audio-types';

/** Probability at and above which speech begins. */
const OPEN_PROBABILITY = 0.6;
/** While the gate is open, probability below which a frame does not count as speech. */
const CLOSE_PROBABILITY = 0.35;
/** Level below which no frame counts as speech. */
const MINIMUM_DBFS = -55;
/** Frames of 40 ms without speech that the gate stays open. */
const HANGOVER_FRAMES = 10;

/** State machine over the frames of one stream. */
export class SpeechGate {
  /** Frames until the gate closes; 0 while it is closed. */
  #framesLeft = 0;

  /** Takes the next frame. @returns whether somebody is speaking */
  update({ speech, level }: VoiceActivity): boolean {
    const threshold = this.#framesLeft > 0 ? CLOSE_PROBABILITY : OPEN_PROBABILITY;
    if (speech >= threshold && level >= MINIMUM_DBFS) this.#framesLeft = HANGOVER_FRAMES + 1;
    else if (this.#framesLeft > 0) this.#framesLeft--;
    return this.#framesLeft > 0;
  }
}
