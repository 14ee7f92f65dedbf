/** @file StateBlend: smooth transitions between the states of the portrait. */

import type { MotionState } from '../core/portrait-state';
import { FRAME_RATE_HZ } from '../core/time';

/** Duration of a transition. */
const TRANSITION_SECONDS = 0.6;
const STEP = 1 / (TRANSITION_SECONDS * FRAME_RATE_HZ);

/** Weights of the attentive and the speaking state. They add up to at most 1; the remainder is the weight of idle. */
export class StateBlend {
  readonly #weights = { attentive: 0, speaking: 0 };

  /** 0 ... 1. */
  get attentive(): number {
    return this.#weights.attentive;
  }

  /** 0 ... 1. */
  get speaking(): number {
    return this.#weights.speaking;
  }

  /** Moves the weights towards `state` by one frame. */
  advance(state: MotionState): void {
    for (const name of ['attentive', 'speaking'] as const) {
      const change = state === name ? STEP : -STEP;
      this.#weights[name] = Math.min(1, Math.max(0, this.#weights[name] + change));
    }
  }
}
