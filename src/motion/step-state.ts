/** @file StepState: the 32 bytes of frame parameters that the kernels of a motion step read (shaders/common/step-state.wgsl). */

import { createUniformBuffer } from '../gpu/buffers';
import type { KvCache } from './kv-cache';
import type { Sampler } from './token-sampler';

const WORDS = 8;
const TEMPERATURE_WORD = 6;

/** Uniform buffer of the motion step; the array behind it is reused. */
export class StepState {
  readonly buffer: GPUBuffer;
  readonly #words = new Uint32Array(WORDS);
  readonly #floats = new Float32Array(this.#words.buffer);
  readonly #device: GPUDevice;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.buffer = createUniformBuffer(device, 'motion step state', this.#words.byteLength);
  }

  /** @param frame index of the video frame, u32; counts the random numbers */
  write(cache: KvCache, frame: number, { seed, temperature, topK }: Sampler): void {
    this.#words[0] = cache.slot;
    this.#words[1] = cache.history;
    this.#words[2] = cache.history === 0 ? 1 : 0;
    this.#words[3] = frame;
    this.#words[4] = seed;
    this.#words[5] = topK;
    this.#floats[TEMPERATURE_WORD] = temperature;
    this.#device.queue.writeBuffer(this.buffer, 0, this.#words);
  }

  destroy(): void {
    this.buffer.destroy();
  }
}
