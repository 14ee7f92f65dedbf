/** @file The motion model on WASM as a MotionBackend: adjusts its latents and writes them to the GPU. */

import { MOTION_LATENT_SIZE } from '../core/motion-latent';
import { createStorageBuffer } from '../gpu/buffers';
import type { AdjustmentMaps } from './adjustment-maps';
import { type MotionAdjustment, MotionAdjuster } from './motion-adjustment';
import type { MotionBackend } from './motion-backend';
import type { MotionConfig } from './motion-weights';
import type { SamplerOptions } from './token-sampler';
import type { WasmMotion } from './wasm-motion';

const FLOAT_BYTES = 4;

/** MotionBackend on the CPU. */
export class WasmBackend implements MotionBackend {
  readonly kind = 'wasm';
  readonly latent: GPUBuffer;
  readonly tokens: GPUBuffer;
  readonly #adjuster: MotionAdjuster;
  readonly #device: GPUDevice;
  readonly #motion: WasmMotion;

  constructor(device: GPUDevice, motion: WasmMotion, maps: AdjustmentMaps) {
    this.#device = device;
    this.#motion = motion;
    this.#adjuster = new MotionAdjuster(maps);
    this.latent = createStorageBuffer(device, 'wasm motion latent', MOTION_LATENT_SIZE * FLOAT_BYTES);
    this.tokens = createStorageBuffer(device, 'wasm motion tokens', motion.config.levels * FLOAT_BYTES);
  }

  get config(): MotionConfig {
    return this.#motion.config;
  }

  setSampler(options: Partial<SamplerOptions>): void {
    this.#motion.setSampler(options);
  }

  async step(
    _encoder: GPUCommandEncoder,
    frame: number,
    embedding: Float32Array,
    adjustment: MotionAdjustment,
  ): Promise<void> {
    const { latent, tokens } = await this.#motion.step(frame, embedding);
    // The graph smooths its own state, so the adjustment never feeds back.
    this.#adjuster.adjust(latent, adjustment);
    this.#device.queue.writeBuffer(this.latent, 0, latent as Float32Array<ArrayBuffer>);
    this.#device.queue.writeBuffer(this.tokens, 0, tokens as Int32Array<ArrayBuffer>);
  }

  reset(): void {
    this.#motion.reset();
  }

  destroy(): void {
    this.latent.destroy();
    this.tokens.destroy();
    void this.#motion.release();
  }
}
