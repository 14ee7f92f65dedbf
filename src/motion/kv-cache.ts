/**
 * @file KvCache: ring buffer of the transformer's keys and values on the GPU.
 *
 * Every frame overwrites the oldest slot. Keys are stored without rotation and rotated by their age when they are read, so
 * neither memory nor positions grow, however long the portrait runs (shaders/transformer/attention.wgsl). A reset only sets
 * the number of valid slots to 0; nothing is cleared.
 */

import { createStorageBuffer } from '../gpu/buffers';
import type { MotionConfig } from './motion-weights';

const FLOAT_BYTES = 4;
/** The part of a layer starts at a multiple of this, the largest minStorageBufferOffsetAlignment that WebGPU allows. */
const OFFSET_ALIGNMENT_BYTES = 256;

/**
 * One ring for all layers: f32[layers, window, d] for keys and the same for values, each layer padded to the alignment.
 */
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

  /** Slot of the current frame. */
  get slot(): number {
    return this.#next;
  }

  /** Number of earlier frames in the ring, 0 ... window - 1. */
  get history(): number {
    return this.#written;
  }

  /** Advances to the next frame, after the commands of the current one have been encoded. */
  advance(): void {
    this.#next = (this.#next + 1) % this.#window;
    this.#written = Math.min(this.#written + 1, this.#window - 1);
  }

  reset(): void {
    this.#next = 0;
    this.#written = 0;
  }

  /** Binding of the part of `buffer` that belongs to a layer. */
  layer(buffer: GPUBuffer, index: number): GPUBufferBinding {
    return { buffer, offset: index * this.#layerStride, size: this.#layerBytes };
  }

  destroy(): void {
    this.keys.destroy();
    this.values.destroy();
  }
}
