/**
 * @file SpeechBlend: how far the motion replaces the mouth expression of the photo, frame by frame (MotionFrame.speechBlend).
 *
 * A smile that appeared and disappeared around every sentence would be the largest motion of a quiet mouth. So the
 * photo's expression disappears once, before the first word, and returns slowly, seconds after the last one; pauses
 * between sentences change nothing.
 */
import { smoothstep } from '../core/smooth';

/** Frames of 40 ms from 0 to 1, of quiet before the way back begins, and from 1 back to 0. */
const ATTACK_FRAMES = 5;
const HOLD_FRAMES = 150;
const RELEASE_FRAMES = 75;

/** An envelope of speech with attack, hold and release; one `update` a frame. */
export class SpeechBlend {
  /** 0 ... 1, linear in time; `value` smooths it. */
  #linear = 0;
  #quietFrames = HOLD_FRAMES;
  #started = false;

  /** A voice begins: the blend rises before its first word. Before the first frame it jumps to 1, as nothing is visible yet. */
  begin(): void {
    this.#quietFrames = 0;
    if (!this.#started) this.#linear = 1;
  }

  /** Takes the next frame. @param speaking whether somebody speaks in it */
  update(speaking: boolean): void {
    this.#started = true;
    this.#quietFrames = speaking ? 0 : this.#quietFrames + 1;
    const step = this.#quietFrames < HOLD_FRAMES ? 1 / ATTACK_FRAMES : -1 / RELEASE_FRAMES;
    this.#linear = Math.min(1, Math.max(0, this.#linear + step));
  }

  /** 0 ... 1. */
  get value(): number {
    return smoothstep(0, 1, this.#linear);
  }

  /** Frames since a voice began or somebody last spoke. */
  get quietFrames(): number {
    return this.#quietFrames;
  }
}
