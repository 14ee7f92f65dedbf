/**
 * @file When a picture is drawn, and how far between the last two motion frames. Pure: no clock, no GPU.
 *
 * Motion is made 25 times a second, displays show 30 to 120 pictures. In between the motion is interpolated:
 *
 *   mix(t) = clamp((t - arrival + display interval) / 40 ms)
 *
 * Nothing is held back for smoothness: the first display frame after an arrival already shows a good part of it, and the last
 * one before the next arrival shows all of it, so that lips that close for 40 ms (P, B, M) do close. If the next motion frame
 * is early and the one before has not been shown whole, it is shown now (mix 0 of the new pair): whole, a moment late, and the
 * new one goes on from there. Of motion frames that come in a burst the newest wins.
 *
 * Where a picture costs too much of the display interval, each motion frame is drawn once, as it arrives.
 */
import { FRAME_MS } from '../core/time';

/** Parts of the display interval that a picture may cost: interpolation begins below the first and ends above the second. */
const AFFORDABLE = [0.6, 0.8] as const;
/** Display frames that a display's interval is the median of. */
const INTERVALS_KEPT = 15;
/** Pauses longer than this are no display's interval: the page was hidden. */
const LONGEST_INTERVAL_MS = 100;

export class FrameScheduler {
  /** Newest motion frame, -1: none. */
  #newest = -1;
  #arrivedAt = 0;
  /** What the screen shows, in motion frames: 6.25 is a quarter of the way from frame 6 to frame 7. */
  #shown = -1;
  #interpolates = false;
  #lastDisplay = Number.NEGATIVE_INFINITY;
  readonly #intervals: number[] = [];

  /** Whether pictures are to be drawn at display frames now; else one is drawn when a motion frame arrives. */
  get interpolates(): boolean {
    return this.#interpolates && this.#intervals.length > 0;
  }

  /** Whether display frames are worth listening to. @param pictureMs what a picture costs, from recording to done */
  afford(pictureMs: number): boolean {
    const interval = this.#intervals.length ? this.#interval : LONGEST_INTERVAL_MS;
    const limit = this.#interpolates ? AFFORDABLE[1] : AFFORDABLE[0];
    // Before the display's interval is known: that of a usual display.
    this.#interpolates = pictureMs > 0 && pictureMs <= limit * Math.min(interval, FRAME_MS / 2);
    if (!this.#interpolates) this.#intervals.length = 0;
    return this.#interpolates;
  }

  /** Motion frame `frame` was made. @param now ms */
  arrived(frame: number, now: number): void {
    this.#newest = frame;
    this.#arrivedAt = now;
  }

  /** What to draw at once when a motion frame arrives, null: display frames will. @param now ms */
  onArrival(now: number): number | null {
    const asleep = now - this.#lastDisplay > LONGEST_INTERVAL_MS;
    return this.interpolates && !asleep ? null : this.#show(1);
  }

  /** What to draw at a display frame, null: the screen already shows it. @param now ms */
  onDisplay(now: number): number | null {
    const interval = now - this.#lastDisplay;
    this.#lastDisplay = now;
    if (interval > 0 && interval <= LONGEST_INTERVAL_MS) {
      this.#intervals.push(interval);
      if (this.#intervals.length > INTERVALS_KEPT) this.#intervals.shift();
    }
    if (!this.interpolates || this.#newest < 0) return null;
    // The frame before was never whole: now or never.
    if (this.#shown < this.#newest - 1 && this.#shown > this.#newest - 2) return this.#show(0);
    return this.#show(Math.min(1, Math.max(0, (now - this.#arrivedAt + this.#interval) / FRAME_MS)));
  }

  #show(mix: number): number | null {
    const position = this.#newest - 1 + mix;
    if (position === this.#shown) return null;
    this.#shown = position;
    return mix;
  }

  /** Median of the display frames' intervals, ms. */
  get #interval(): number {
    return this.#intervals.toSorted((a, b) => a - b)[this.#intervals.length >> 1]!;
  }
}
