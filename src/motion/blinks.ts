/**
 * @file Blinks: when the lids close, and how.
 *
 * 17 a minute at rest (Bentivoglio et al., "Analysis of blink rate patterns in normal subjects", 1997), at random
 * intervals with a pause after each, 180 ms long, closing faster than opening (Evinger et al., 1991); a listener's are
 * fewer and slower. None begins while the portrait speaks: there the tokens blink by themselves, as the people did whom
 * they were learned from, but in silence they seldom do.
 */

import { uniform } from '../core/rng';
import { FRAME_RATE_HZ } from '../core/time';
import { RANDOM_STREAM } from './random-streams';

const FRAME_MS = 1000 / FRAME_RATE_HZ;

const BLINK = { perMinute: 17, pauseMs: 600, closingMs: 60, closedMs: 30, openingMs: 90 };
const BLINK_MS = BLINK.closingMs + BLINK.closedMs + BLINK.openingMs;
/** In means. An exponential wait has a long tail: once an hour nobody would blink for 25 s. */
const MOST_WAIT = 3;
/** Blinks and pauses take their share of the minute; this is the wait of 1 in the rest of it, whose mean the limit shortens. */
const WAITING_MS = (60_000 / BLINK.perMinute - BLINK_MS - BLINK.pauseMs) / (1 - Math.exp(-MOST_WAIT));
/** A listener's blinks against those at rest. */
const LISTENER = { rate: 0.7, duration: 1.3 };

const smooth = (x: number): number => x * x * (3 - 2 * x);

/** Closing of the lids, 0 ... 1, `ms` after the start of a blink. */
export function blinkAt(ms: number): number {
  if (ms <= 0 || ms >= BLINK_MS) return 0;
  if (ms < BLINK.closingMs) return smooth(ms / BLINK.closingMs);
  const opening = ms - BLINK.closingMs - BLINK.closedMs;
  return opening <= 0 ? 1 : 1 - smooth(opening / BLINK.openingMs);
}

/** A deterministic stream of blinks. */
export class Blinks {
  #count = 0;
  /** Since the start of the last blink, in ms of a blink that is not slowed down. */
  #sinceMs = Number.POSITIVE_INFINITY;
  #duration = 1;
  /** What is left until the next blink: an exponential variable, limited, that the blink rate eats up. */
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
   * @param listening share of listening, 0 ... 1
   * @param rate factor on the number of blinks
   */
  next(speech: number, listening: number, rate: number): number {
    this.#sinceMs += FRAME_MS / this.#duration;
    if (this.#sinceMs >= BLINK_MS + BLINK.pauseMs) {
      const often = rate * (1 - speech) * (1 + (LISTENER.rate - 1) * listening);
      const eaten = (often * FRAME_MS) / WAITING_MS;
      if (eaten >= this.#wait) {
        this.#duration = 1 + (LISTENER.duration - 1) * listening;
        this.#sinceMs = FRAME_MS * (1 - this.#wait / eaten); // it began within the frame, not on its edge
        this.#count++;
        this.#wait = this.#drawWait();
      } else {
        this.#wait -= eaten;
      }
    }
    return blinkAt(this.#sinceMs);
  }

  reset(): void {
    this.#count = 0;
    this.#sinceMs = Number.POSITIVE_INFINITY;
    this.#wait = this.#drawWait();
  }

  #drawWait(): number {
    return Math.min(MOST_WAIT, -Math.log(uniform(this.#seed, RANDOM_STREAM.blink, this.#count)));
  }
}
