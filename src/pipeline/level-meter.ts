/** @file LevelMeter: loudness of the voice for a display. It rises immediately and falls slowly. */

const FLOOR_DBFS = -100;
/** How far the level falls in a motion frame that is quieter. */
const RELEASE_DB = 2;

export class LevelMeter {
  #dbfs = FLOOR_DBFS;

  /** @param level RMS of the next motion frame, dBFS */
  add(level: number): void {
    this.#dbfs = Math.max(level, this.#dbfs - RELEASE_DB);
  }

  /** The level, dBFS, -100 ... 0. */
  get dbfs(): number {
    return this.#dbfs;
  }

  reset(): void {
    this.#dbfs = FLOOR_DBFS;
  }
}
