/**
 * @file Blinks: the timing and the curve of procedural blinks.
 *
 * 17 blinks per minute in idle (the rate at rest of Bentivoglio et al., "Analysis of blink rate patterns in normal
 * subjects", 1997), at random intervals with a pause after each; 180 ms long, closing faster than opening (Evinger et
 * al., 1991). A listener blinks less often and more slowly. No procedural blink begins while the portrait speaks,
 * because the motion tokens then contain blinks, learned from the people in the training data. In silence the tokens
 * rarely blink.
 */

import { uniform } from '../core/rng';
import { FRAME_RATE_HZ } from '../core/time';
import { RANDOM_STREAM } from './random-streams';

const FRAME_MS = 1000 / FRAME_RATE_HZ;

const BLINK = { perMinute: 17, pauseMs: 600, closingMs: 60, closedMs: 30, openingMs: 90 };
const BLINK_MS = BLINK.closingMs + BLINK.closedMs + BLINK.openingMs;
/** Longest wait, in means. The tail of an exponential distribution is long: once an hour the eyes would stay open for 25 s. */
const MAX_WAIT = 3;
/** Duration of a wait of 1: the mean interval without blink and pause, divided by the mean of the limited exponential. */
const WAIT_MS = (60_000 / BLINK.perMinute - BLINK_MS - BLINK.pauseMs) / (1 - Math.exp(-MAX_WAIT));
/** Rate and duration of a listener's blinks, relative to those of idle. */
const LISTENER = { rate: 0.7, duration: 1.3 };

const smooth = (x: number): number => x * x * (3 - 2 * x);

/** Closing of the lids, 0 ... 1, `ms` after the start of a blink. */
export function blinkAt(ms: number): number {
  if (ms <= 0 || ms >= BLINK_MS) return 0;
  if (ms < BLINK.closingMs) return smooth(ms / BLINK.closingMs);
  const opening = ms - BLINK.closingMs - BLINK.closedMs;
  return opening <= 0 ? 1 : 1 - smooth(opening / BLINK.openingMs);
}

/** Generates blinks; the same seed gives the same ones. */
export class Blinks {
  #count = 0;
  /** Time since the last blink began, measured on the curve of a blink of normal duration. */
  #sinceMs = Number.POSITIVE_INFINITY;
  /** Duration of the last blink, relative to a normal one. */
  #duration = 1;
  /** Remaining wait before the next blink, in means. */
  #wait: number;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#wait = this.#drawWait();
  }

  /**
   * Closing of the lids in the next frame, 0 ... 1.
   *
   * @param speech probability that the portrait speaks, 0 ... 1
   * @param attentive weight of the attentive state, 0 ... 1
   * @param rate factor on the number of blinks
   */
  next(speech: number, attentive: number, rate: number): number {
    this.#sinceMs += FRAME_MS / this.#duration;
    if (this.#sinceMs >= BLINK_MS + BLINK.pauseMs) {
      const relativeRate = rate * (1 - speech) * (1 + (LISTENER.rate - 1) * attentive);
      const passed = (relativeRate * FRAME_MS) / WAIT_MS;
      if (passed >= this.#wait) {
        this.#duration = 1 + (LISTENER.duration - 1) * attentive;
        this.#sinceMs = FRAME_MS * (1 - this.#wait / passed); // the blink began within the frame, not at its end
        this.#count++;
        this.#wait = this.#drawWait();
      } else {
        this.#wait -= passed;
      }
    }
    return blinkAt(this.#sinceMs);
  }

  #drawWait(): number {
    return Math.min(MAX_WAIT, -Math.log(uniform(this.#seed, RANDOM_STREAM.blink, this.#count)));
  }
}
