/** @file Activity: what a portrait does, and how it passes from one thing to the next. */

import type { PortraitState } from '../core/portrait-state';
import { FRAME_RATE_HZ } from '../core/time';

/** Seconds of a passage. */
const PASSAGE_SECONDS = 0.6;
const STEP = 1 / (PASSAGE_SECONDS * FRAME_RATE_HZ);

/** Shares of the activities, which follow a change smoothly. They add up to at most 1; the rest is idle. */
export class ActivityBlend {
  readonly #shares = { listening: 0, speaking: 0 };

  /** 0 ... 1. */
  get listening(): number {
    return this.#shares.listening;
  }

  /** 0 ... 1. */
  get speaking(): number {
    return this.#shares.speaking;
  }

  /** One frame further towards `state`. */
  advance(state: PortraitState): void {
    for (const name of ['listening', 'speaking'] as const) {
      const towards = state === name ? STEP : -STEP;
      this.#shares[name] = Math.min(1, Math.max(0, this.#shares[name] + towards));
    }
  }

  reset(): void {
    this.#shares.listening = 0;
    this.#shares.speaking = 0;
  }
}
