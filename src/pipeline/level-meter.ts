/** @file Loudness of a voice for the eye: peak-held RMS in dBFS. It drives nothing. */

const FLOOR_DBFS = -100;
/** Share of the old value that is kept at each chunk that is quieter. */
const RELEASE = 0.8;

export class LevelMeter {
  #meanSquare = 0;

  add(samples: Float32Array): void {
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    const now = sum / Math.max(1, samples.length);
    this.#meanSquare = Math.max(now, this.#meanSquare * RELEASE);
  }

  /** -100 ... 0. */
  get dbfs(): number {
    return Math.min(0, Math.max(FLOOR_DBFS, 10 * Math.log10(this.#meanSquare + 1e-12)));
  }

  reset(): void {
    this.#meanSquare = 0;
  }
}
