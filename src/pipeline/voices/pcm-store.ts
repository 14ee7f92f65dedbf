/** @file PcmStore: the PCM of a voice between its arrival and the time when it is no longer needed. */

export class PcmStore {
  /** In order, without gaps. */
  #chunks: { startSample: number; samples: Float32Array }[] = [];
  #endSample = 0;

  /** Index of the oldest sample in the store. */
  get startSample(): number {
    return this.#chunks[0]?.startSample ?? this.#endSample;
  }

  /** Index after the newest sample. */
  get endSample(): number {
    return this.#endSample;
  }

  /** Appends PCM. */
  add(samples: Float32Array): void {
    if (samples.length === 0) return;
    this.#chunks.push({ startSample: this.#endSample, samples });
    this.#endSample += samples.length;
  }

  /** Calls `take` with every part of the samples from `start` to `end` that is in the store, in order. */
  read(start: number, end: number, take: (samples: Float32Array, startSample: number) => void): void {
    for (const { startSample, samples } of this.#chunks) {
      const from = Math.max(start, startSample);
      const to = Math.min(end, startSample + samples.length);
      if (from < to) take(samples.subarray(from - startSample, to - startSample), from);
    }
  }

  /** Forgets whole chunks before `sample`. */
  dropBefore(sample: number): void {
    const kept = this.#chunks.findIndex(({ startSample, samples }) => startSample + samples.length > sample);
    this.#chunks.splice(0, kept < 0 ? this.#chunks.length : kept);
  }
}
