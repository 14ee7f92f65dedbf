/**
 * @file CriticallyDampedSpring: smooth motion of one number towards a target, without overshoot.
 *
 * Each frame is solved exactly for a target that is constant within the frame, so it is stable for any time constant.
 */

import { FRAME_RATE_HZ } from '../core/time';

const FRAME_SECONDS = 1 / FRAME_RATE_HZ;

/** A number on a critically damped spring. */
export class CriticallyDampedSpring {
  value = 0;
  #velocity = 0;
  /** Offset of the target that pulses have added; it decays with the time constant. */
  #pulse = 0;

  /**
   * Advances by one frame.
   *
   * @param timeConstantSeconds half of the way is done after 1.7 time constants
   * @returns the new value
   */
  step(target: number, timeConstantSeconds: number): number {
    const decay = Math.exp(-FRAME_SECONDS / timeConstantSeconds);
    const goal = target + this.#pulse;
    const away = this.value - goal;
    const push = (this.#velocity + away / timeConstantSeconds) * FRAME_SECONDS;
    this.#velocity = (this.#velocity - push / timeConstantSeconds) * decay;
    this.value = goal + (away + push) * decay;
    this.#pulse *= decay;
    return this.value;
  }

  /**
   * Adds a pulse: from standstill the value rises to `peak` within about two time constants T and falls back. The target
   * jumps and decays with T, so the value at time t is peak (e t / 2T)^2 exp(-t / T), which is largest at 2T.
   */
  pulse(peak: number): void {
    this.#pulse += (peak * Math.E ** 2) / 2;
  }
}
