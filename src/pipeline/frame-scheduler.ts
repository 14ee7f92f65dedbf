/**
 * @file FrameScheduler: when a picture is drawn, and where between the last two motion frames. It uses neither clock nor GPU.
 *
 * There are 25 motion frames per second, but displays show 30 to 120 pictures per second. Between motion frames the
 * motion is interpolated:
 *
 *   mix(t) = clamp((t - arrival + display interval) / 40 ms)
 *
 * Nothing is delayed for smoothness. The first display frame after the arrival of a motion frame already shows a good part of
 * it, and the last one before the next arrival shows it completely (mix 1), so that lips that close for 40 ms (P, B, M) are seen
 * closed. If the next motion frame arrives early, before the one before has been shown completely, the one before is shown first
 * (mix 0 of the new pair), a moment late. Of motion frames that arrive in a burst, the newest is shown.
 *
 * If a picture takes too much of the display interval, each motion frame is drawn once, when it arrives.
 */
import { FRAME_MS } from '../core/time';

/** Shares of the display interval that a picture may take: interpolation begins below the first and ends above the second. */
const AFFORDABLE = [0.6, 0.8] as const;
/** The display interval is the median of this many intervals. */
const INTERVALS_KEPT = 15;
/** Longer intervals are pauses, in which the page was hidden. */
const LONGEST_INTERVAL_MS = 100;

export class FrameScheduler {
  /** Index of the newest motion frame; -1: none. */
  #newest = -1;
  #arrivedAt = 0;
  /** What the display shows, in motion frames: 6.25 is a quarter of the way from frame 6 to frame 7. */
  #shown = -1;
  #interpolates = false;
  #lastDisplay = Number.NEGATIVE_INFINITY;
  readonly #intervals: number[] = [];

  /** Whether pictures are drawn at display frames; otherwise one is drawn when a motion frame arrives. */
  get interpolates(): boolean {
    return this.#interpolates && this.#intervals.length > 0;
  }

  /** Whether pictures are cheap enough to be drawn at display frames. @param pictureMs time of a picture, from recording to done */
  afford(pictureMs: number): boolean {
    const interval = this.#intervals.length ? this.#interval : LONGEST_INTERVAL_MS;
    const limit = this.#interpolates ? AFFORDABLE[1] : AFFORDABLE[0];
    // Until the display interval is known, half a motion frame is used.
    this.#interpolates = pictureMs > 0 && pictureMs <= limit * Math.min(interval, FRAME_MS / 2);
    if (!this.#interpolates) this.#intervals.length = 0;
    return this.#interpolates;
  }

  /** Motion frame `frame` has been made. @param now ms */
  arrived(frame: number, now: number): void {
    this.#newest = frame;
    this.#arrivedAt = now;
  }

  /** What to draw when a motion frame has arrived: a mix, or null if display frames will draw it. @param now ms */
  onArrival(now: number): number | null {
    const isHidden = now - this.#lastDisplay > LONGEST_INTERVAL_MS;
    return this.interpolates && !isHidden ? null : this.#show(1);
  }

  /** What to draw at a display frame: a mix, or null if the display already shows it. @param now ms */
  onDisplay(now: number): number | null {
    const interval = now - this.#lastDisplay;
    this.#lastDisplay = now;
    if (interval > 0 && interval <= LONGEST_INTERVAL_MS) {
      this.#intervals.push(interval);
      if (this.#intervals.length > INTERVALS_KEPT) this.#intervals.shift();
    }
    if (!this.interpolates || this.#newest < 0) return null;
    // The frame before has not been shown completely, and this is the last chance.
    if (this.#shown < this.#newest - 1 && this.#shown > this.#newest - 2) return this.#show(0);
    return this.#show(Math.min(1, Math.max(0, (now - this.#arrivedAt + this.#interval) / FRAME_MS)));
  }

  #show(mix: number): number | null {
    const position = this.#newest - 1 + mix;
    if (position === this.#shown) return null;
    this.#shown = position;
    return mix;
  }

  /** Display interval, ms. */
  get #interval(): number {
    return this.#intervals.toSorted((a, b) => a - b)[this.#intervals.length >> 1]!;
  }
}
