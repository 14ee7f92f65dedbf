/** @file Level of every video frame: RMS of its 640 samples, in dBFS. */

import { SAMPLES_PER_FRAME } from '../core/time';
import { FloatQueue } from './float-queue';

/** Level of digital silence. */
const SILENCE_DBFS = -100;

/** Measures a stream of 16 kHz PCM and returns the levels of its frames in order. */
export class FrameLevels {
  readonly #levels = new FloatQueue();
  readonly #level = new Float32Array(1);
  #sum = 0;
  #count = 0;

  push(samples: Float32Array): void {
    for (const sample of samples) {
      this.#sum += sample * sample;
      if (++this.#count < SAMPLES_PER_FRAME) continue;
      const level = 10 * Math.log10(this.#sum / SAMPLES_PER_FRAME);
      this.#level[0] = Math.min(0, Math.max(SILENCE_DBFS, level));
      this.#levels.push(this.#level);
      this.#sum = 0;
      this.#count = 0;
    }
  }

  /** Removes and returns the level of the oldest complete frame, dBFS. */
  shift(): number {
    return this.#levels.shift(1)[0]!;
  }
}
