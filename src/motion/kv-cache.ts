/**
 * @file Ring of the transformer's keys and values on the GPU.
 *
 * Endless by construction: frame after frame overwrites the oldest slot, keys lie un-rotated and are rotated by their
 * age while they are read, so neither memory nor positions grow (shaders/transformer/attention.wgsl). A reset only
 * forgets how many slots are valid; nothing is cleared.
 */

import { createStorageBuffer } from '../gpu/buffers';
import type { MotionConfig } from './motion-weights';

const FLOAT_BYTES = 4;
/** WebGPU's largest minStorageBufferOffsetAlignment: a layer's part must start at a multiple of it. */
const OFFSET_ALIGNMENT_BYTES = 256;

/** One ring for all layers; f32[layers, window, d] each for keys and values, a layer padded to the alignment. */
export class KvCache {
  readonly keys: GPUBuffer;
  readonly values: GPUBuffer;
  readonly #layerBytes: number;
  readonly #layerStride: number;
  readonly #window: number;
  #written = 0;
  #next = 0;

  constructor(device: GPUDevice, { layers, window, d }: MotionConfig) {
    this.#window = window;
    this.#layerBytes = window * d * FLOAT_BYTES;
    this.#layerStride = Math.ceil(this.#layerBytes / OFFSET_ALIGNMENT_BYTES) * OFFSET_ALIGNMENT_BYTES;
    this.keys = createStorageBuffer(device, 'motion keys', layers * this.#layerStride);
    this.values = createStorageBuffer(device, 'motion values', layers * this.#layerStride);
  }

  /** Slot of the frame that comes now. */
  get slot(): number {
    return this.#next;
  }

  /** Earlier frames that it may look at, 0 ... window - 1. */
  get history(): number {
    return this.#written;
  }

  /** The frame is encoded: the next one takes the following slot. */
  advance(): void {
    this.#next = (this.#next + 1) % this.#window;
    this.#written = Math.min(this.#written + 1, this.#window - 1);
  }

  reset(): void {
    this.#next = 0;
    this.#written = 0;
  }

  /** One layer's part of `buffer`, to be bound. */
  layer(buffer: GPUBuffer, index: number): GPUBufferBinding {
    return { buffer, offset: index * this.#layerStride, size: this.#layerBytes };
  }

  destroy(): void {
    this.keys.destroy();
    this.values.destroy();
  }
}
