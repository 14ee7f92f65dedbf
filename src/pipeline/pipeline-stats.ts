/** @file PipelineStats: times of the stages of a frame, and their quantiles over the last few hundred frames. */

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

  /** Quantile `q` (0 ... 1) of stage `name`, ms; 0 if nothing has been measured. */
  quantile(name: string, q: number): number {
    const sorted = Float64Array.from(this.#samples.get(name) ?? []).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  }

  /** Names of all stages that have been measured. */
  get names(): string[] {
    return [...this.#samples.keys()];
  }

  /** Forgets stage `name`. */
  reset(name: string): void {
    this.#samples.delete(name);
  }
}
