/** @file Times of the stages of a frame: the last few hundred of each, as median and 95th percentile. */

const KEPT_SAMPLES = 512;

/** A sliding window of samples by name. */
export class PipelineStats {
  readonly #samples = new Map<string, number[]>();

  /** Adds a time in ms to stage `name`. */
  add(name: string, ms: number): void {
    const list = this.#samples.get(name);
    if (!list) this.#samples.set(name, [ms]);
    else {
      list.push(ms);
      if (list.length > KEPT_SAMPLES) list.shift();
    }
  }

  /** Quantile `q` (0 ... 1) of stage `name`, ms; 0 while nothing was measured. */
  quantile(name: string, q: number): number {
    const sorted = Float64Array.from(this.#samples.get(name) ?? []).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  }

  /** Names of all stages measured so far. */
  get names(): string[] {
    return [...this.#samples.keys()];
  }

  /** Forgets stage `name`. */
  reset(name: string): void {
    this.#samples.delete(name);
  }
}
