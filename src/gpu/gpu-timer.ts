/**
 * @file Measures passes on the GPU with timestamp queries.
 *
 * It never waits, because waiting for a read-back stalls the frame. Results travel through two mappable buffers and
 * arrive some frames later. While both are in flight, frames are not measured. On a device without timestamp queries the
 * timer does nothing.
 */

const BYTES_PER_TIMESTAMP = 8;
const READBACK_BUFFERS = 2;

/** Milliseconds by pass name. */
export type GpuTimes = Record<string, number>;

type Readback = { buffer: GPUBuffer; busy: boolean };

/** Measures a fixed set of passes. */
export class GpuTimer {
  /** The latest measurement that has arrived. */
  readonly latest: GpuTimes = {};
  readonly #querySet: GPUQuerySet | undefined;
  readonly #resolved: GPUBuffer | undefined;
  readonly #readbacks: Readback[] = [];
  #pending: Readback | undefined;
  readonly #used = new Set<number>();
  readonly #names: readonly string[];
  readonly #onTimes: ((times: GpuTimes) => void) | undefined;

  /**
   * @param names of the passes, unique
   * @param onTimes called with each arrived measurement, outside the frame path
   */
  constructor(device: GPUDevice, names: readonly string[], onTimes?: (times: GpuTimes) => void) {
    this.#names = names;
    this.#onTimes = onTimes;
    if (!device.features.has('timestamp-query')) return;
    const bytes = names.length * 2 * BYTES_PER_TIMESTAMP;
    this.#querySet = device.createQuerySet({ label: 'gpu timer', type: 'timestamp', count: names.length * 2 });
    this.#resolved = device.createBuffer({
      label: 'gpu timer resolved',
      size: bytes,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    for (let index = 0; index < READBACK_BUFFERS; index++) {
      const buffer = device.createBuffer({
        label: `gpu timer readback ${index}`,
        size: bytes,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      this.#readbacks.push({ buffer, busy: false });
    }
  }

  /** To be spread into the descriptor of the pass `name`; empty without timestamp queries. */
  pass(name: string): { timestampWrites?: GPUComputePassTimestampWrites & GPURenderPassTimestampWrites } {
    const index = this.#names.indexOf(name);
    if (!this.#querySet || index < 0) return {};
    this.#used.add(index);
    return {
      timestampWrites: {
        querySet: this.#querySet,
        beginningOfPassWriteIndex: index * 2,
        endOfPassWriteIndex: index * 2 + 1,
      },
    };
  }

  /** To be called after the last measured pass of the encoder. */
  resolve(encoder: GPUCommandEncoder): void {
    if (!this.#querySet || !this.#resolved || this.#used.size === 0) return;
    this.#pending = this.#readbacks.find(({ busy }) => !busy);
    if (!this.#pending) return;
    encoder.resolveQuerySet(this.#querySet, 0, this.#names.length * 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#pending.buffer, 0, this.#resolved.size);
  }

  /**
   * To be called after `queue.submit` of that encoder. Returns immediately; the times arrive in `latest` and `onTimes`.
   */
  collect(): void {
    const readback = this.#pending;
    if (!readback) return;
    this.#pending = undefined;
    readback.busy = true;
    const measured = [...this.#used];
    this.#used.clear();
    void this.#read(readback, measured);
  }

  destroy(): void {
    this.#querySet?.destroy();
    this.#resolved?.destroy();
    for (const { buffer } of this.#readbacks) buffer.destroy();
  }

  async #read(readback: Readback, measured: readonly number[]): Promise<void> {
    try {
      await readback.buffer.mapAsync(GPUMapMode.READ);
    } catch {
      return; // The device is lost or the timer destroyed.
    }
    const stamps = new BigInt64Array(readback.buffer.getMappedRange());
    for (const index of measured) {
      const nanoseconds = Number((stamps[index * 2 + 1] ?? 0n) - (stamps[index * 2] ?? 0n));
      // A clock that was reset between the two stamps gives a negative difference.
      if (nanoseconds >= 0) this.latest[this.#names[index] as string] = nanoseconds / 1e6;
    }
    readback.buffer.unmap();
    readback.busy = false;
    this.#onTimes?.({ ...this.latest });
  }
}
