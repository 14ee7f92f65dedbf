/** @file A first-in first-out queue of numbers in one array that grows when needed: no allocation in the steady state. */

const START_CAPACITY = 4096;

/** Queue of f32 values, read in blocks. */
export class FloatQueue {
  #values = new Float32Array(START_CAPACITY);
  #start = 0;
  #end = 0;

  /** Number of values in the queue. */
  get length(): number {
    return this.#end - this.#start;
  }

  push(values: ArrayLike<number>): void {
    if (this.#end + values.length > this.#values.length) this.#reserve(values.length);
    this.#values.set(values, this.#end);
    this.#end += values.length;
  }

  /** Removes the oldest `count` values. @returns a view, valid until the next push */
  shift(count: number): Float32Array {
    if (count > this.length) throw new RangeError(`Cannot take ${count} values from a queue of ${this.length}`);
    this.#start += count;
    return this.#values.subarray(this.#start - count, this.#start);
  }

  /** Moves the values to the front, and into a larger array if they would fill more than half of this one. */
  #reserve(more: number): void {
    const values = this.#values.subarray(this.#start, this.#end);
    const wanted = 2 * (values.length + more);
    if (wanted > this.#values.length) {
      this.#values = new Float32Array(wanted);
      this.#values.set(values);
    } else {
      this.#values.copyWithin(0, this.#start, this.#end);
    }
    this.#start = 0;
    this.#end = values.length;
  }
}
