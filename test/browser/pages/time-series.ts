/** @file Many values with their times, outside the heap of the page, so that they do not disturb its measurement. */

export class TimeSeries {
  #ms = new Float64Array(1024);
  #values = new Float32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(ms: number, value: number): void {
    if (this.#length === this.#ms.length) {
      const [ms2, values2] = [new Float64Array(2 * this.#length), new Float32Array(2 * this.#length)];
      ms2.set(this.#ms);
      values2.set(this.#values);
      [this.#ms, this.#values] = [ms2, values2];
    }
    this.#ms[this.#length] = ms;
    this.#values[this.#length++] = value;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Time of the first value above `threshold`; NaN if there is none. */
  firstAbove(threshold: number): number {
    const index = this.#values.subarray(0, this.#length).findIndex((value) => value > threshold);
    return index < 0 ? Number.NaN : this.#ms[index]!;
  }

  largest(): number {
    return this.#values.subarray(0, this.#length).reduce((most, value) => Math.max(most, value), 0);
  }

  /** Times of the first and of the last value. */
  get range(): [number, number] {
    return [this.#ms[0]!, this.#ms[this.#length - 1]!];
  }

  /** Values at equal steps, the last one before each. */
  sampled(fromMs: number, toMs: number, stepMs: number): number[] {
    const values: number[] = [];
    let index = 0;
    for (let ms = fromMs; ms < toMs; ms += stepMs) {
      while (index + 1 < this.#length && this.#ms[index + 1]! <= ms) index++;
      values.push(this.#values[index]!);
    }
    return values;
  }
}
