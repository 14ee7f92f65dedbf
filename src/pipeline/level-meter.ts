/** @file Loudness of the voice for the eye: rises at once, falls slowly. It drives nothing. */

const FLOOR_DBFS = -100;
/** How far it falls in a frame that is quieter. */
const RELEASE_DB = 2;

export class LevelMeter {
  #dbfs = FLOOR_DBFS;

  /** @param level RMS of the next motion frame, dBFS */
  add(level: number): void {
    this.#dbfs = Math.max(level, this.#dbfs - RELEASE_DB);
  }

  /** -100 ... 0. */
  get dbfs(): number {
    return this.#dbfs;
  }

  reset(): void {
    this.#dbfs = FLOOR_DBFS;
  }
}
