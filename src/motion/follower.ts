/**
 * @file Follower: a critically damped spring, for everything of the head that must move smoothly.
 *
 * Stepped exactly for a target that holds still within a frame, so it is stable at every time constant.
 */

import { FRAME_RATE_HZ } from '../core/time';

const FRAME_SECONDS = 1 / FRAME_RATE_HZ;

/** One number that follows a target without overshooting it. */
export class Follower {
  value = 0;
  #velocity = 0;
  /** What is left of the strokes, a target that fades. */
  #pulse = 0;

  /**
   * One frame further.
   *
   * @param seconds time constant; the way is half gone after 1.7 of it
   */
  follow(target: number, seconds: number): number {
    const decay = Math.exp(-FRAME_SECONDS / seconds);
    const goal = target + this.#pulse;
    const away = this.value - goal;
    const push = (this.#velocity + away / seconds) * FRAME_SECONDS;
    this.#velocity = (this.#velocity - push / seconds) * decay;
    this.value = goal + (away + push) * decay;
    this.#pulse *= decay;
    return this.value;
  }

  /**
   * A stroke: the value swells to `peak` over about twice the time constant, from standing, and comes back. Its target is
   * a jump that fades with the time constant T: the way is peak (e t / 2T)^2 exp(-t / T), largest at 2T.
   */
  strike(peak: number): void {
    this.#pulse += (peak * Math.E ** 2) / 2;
  }

  reset(): void {
    this.value = this.#velocity = this.#pulse = 0;
  }
}
