/**
 * @file MouthRest: closes the mouth when a voice is cut off. The motion transformer, which hears only that silence follows, would
 * take longer than the sound.
 */
import { smoothstep } from '../core/smooth';

/** Frames of 40 ms until the mouth is at rest, during which it stays there, and until it moves freely again. */
const CLOSING_FRAMES = 3;
const HOLD_FRAMES = 8;
const RELEASE_FRAMES = 10;

/** A factor of the mouth's amplitude; one `next` a frame. */
export class MouthRest {
  /** 0: at rest; 1: free. Linear in time. */
  #linear = 1;
  /** Frames for which the mouth is still to be at rest. */
  #restFrames = 0;

  /** The voice has been cut off. */
  begin(): void {
    this.#restFrames = CLOSING_FRAMES + HOLD_FRAMES;
  }

  /** A voice begins: the mouth is free again. */
  cancel(): void {
    this.#restFrames = 0;
    this.#linear = 1;
  }

  /** The factor of the next frame, 0 ... 1. */
  next(): number {
    const step = this.#restFrames > 0 ? -1 / CLOSING_FRAMES : 1 / RELEASE_FRAMES;
    this.#restFrames = Math.max(0, this.#restFrames - 1);
    this.#linear = Math.min(1, Math.max(0, this.#linear + step));
    return smoothstep(0, 1, this.#linear);
  }
}
