/**
 * @file How far the photo's own mouth gives way to the motion's (PortraitRenderer.talking), frame by frame. A smile that comes and
 * goes around each sentence is the largest motion of a quiet mouth, so it gives way once, before the first word, stays away for
 * seconds after the last one and comes back slowly; a pause between sentences is still.
 */
import { smoothstep } from '../core/smooth';

/** Frames of 40 ms: to give way; of quiet before it comes back; to come back. */
const ATTACK_FRAMES = 5;
const HOLD_FRAMES = 150;
const RELEASE_FRAMES = 75;

/** One `update` a motion frame. */
export class SpeechBlend {
  /** Of the way from 0, the photo's mouth, to 1; `value` eases it. */
  #way = 0;
  #quietFrames = HOLD_FRAMES;
  #started = false;

  /** A voice begins: the mouth gives way before its first word, and at once where nothing has been shown that it could jump from. */
  begin(): void {
    this.#quietFrames = 0;
    if (!this.#started) this.#way = 1;
  }

  /** The next motion frame. @param speaking somebody speaks in it */
  update(speaking: boolean): void {
    this.#started = true;
    this.#quietFrames = speaking ? 0 : this.#quietFrames + 1;
    const step = this.#quietFrames < HOLD_FRAMES ? 1 / ATTACK_FRAMES : -1 / RELEASE_FRAMES;
    this.#way = Math.min(1, Math.max(0, this.#way + step));
  }

  /** 0 ... 1. */
  get value(): number {
    return smoothstep(0, 1, this.#way);
  }

  /** Frames since a voice began or somebody last spoke. */
  get quietFrames(): number {
    return this.#quietFrames;
  }
}
