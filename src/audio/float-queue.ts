/** @file A first-in first-out queue of numbers in one growing array: no allocation in the steady state. */

const START_CAPACITY = 4096;

/** Queue of f32 values that are taken out in blocks. */
export class FloatQueue {
  #values = new Float32Array(START_CAPACITY);
  #start = 0;
  #end = 0;

  /** Values that wait. */
  get length(): number {
    return this.#end - this.#start;
  }

  push(values: ArrayLike<number>): void {
    if (this.#end + values.length > this.#values.length) this.#makeRoom(values.length);
    this.#values.set(values, this.#end);
    this.#end += values.length;
  }

  /** Takes the oldest `count` values: a view, valid until the next push. */
  shift(count: number): Float32Array {
    if (count > this.length) throw new RangeError(`${count} values asked for, ${this.length} are there`);
    this.#start += count;
    return this.#values.subarray(this.#start - count, this.#start);
  }

  /** Moves what waits to the front, into a larger array where it would fill more than half of this one. */
  #makeRoom(more: number): void {
    const waiting = this.#values.subarray(this.#start, this.#end);
    const wanted = 2 * (waiting.length + more);
    if (wanted > this.#values.length) {
      this.#values = new Float32Array(wanted);
      this.#values.set(waiting);
    } else {
      this.#values.copyWithin(0, this.#start, this.#end);
    }
    this.#start = 0;
    this.#end = waiting.length;
  }
}
