/** @file The uniform of one motion step (shaders/common/step-state.wgsl), in one reused array. */

import { createUniformBuffer } from '../gpu/buffers';
import { StructArray } from '../gpu/struct-layout';
import { STEP_STATE } from '../kernels/struct-layouts';
import type { KvCache } from './kv-cache';
import type { Sampler } from './token-sampler';

/** Uniform of one motion step. */
export class StepState {
  readonly buffer: GPUBuffer;
  readonly #state = new StructArray(STEP_STATE);
  readonly #device: GPUDevice;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.buffer = createUniformBuffer(device, 'motion step state', this.#state.data.byteLength);
  }

  /** @param frame index of the video frame, u32, which also indexes the random numbers */
  write({ slot, history }: KvCache, frame: number, { seed, temperature, topK }: Sampler): void {
    this.#state.set(0, { slot, history, first: history === 0 ? 1 : 0, frame, seed, topK, temperature });
    this.#device.queue.writeBuffer(this.buffer, 0, this.#state.data);
  }

  destroy(): void {
    this.buffer.destroy();
  }
}
