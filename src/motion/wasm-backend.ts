/** @file The motion model on WASM as a MotionBackend: adjusts its latents. It needs no GPU. */

import { type MotionLatent, restLatent } from '../core/motion-latent';
import type { AdjustmentMaps } from './adjustment-maps';
import { type MotionAdjustment, MotionAdjuster } from './motion-adjustment';
import type { MotionBackend, MotionReading } from './motion-backend';
import type { MotionConfig } from './motion-weights';
import type { SamplerOptions } from './token-sampler';
import type { WasmMotion } from './wasm-motion';

/** MotionBackend on the CPU. */
export class WasmBackend implements MotionBackend {
  readonly kind = 'wasm';
  #latent = restLatent();
  #tokens: Uint32Array;
  readonly #adjuster: MotionAdjuster;
  readonly #motion: WasmMotion;

  constructor(motion: WasmMotion, maps: AdjustmentMaps) {
    this.#motion = motion;
    this.#adjuster = new MotionAdjuster(maps);
    this.#tokens = new Uint32Array(motion.config.levels);
  }

  get config(): MotionConfig {
    return this.#motion.config;
  }

  /** f32[70]; every step makes a new one. */
  get latent(): MotionLatent {
    return this.#latent;
  }

  setSampler(options: Partial<SamplerOptions>): void {
    this.#motion.setSampler(options);
  }

  async step(
    _encoder: GPUCommandEncoder | undefined,
    frame: number,
    embedding: Float32Array,
    adjustment: MotionAdjustment,
  ): Promise<void> {
    const { latent, tokens } = await this.#motion.step(frame, embedding);
    // The graph smooths its own state, so the adjustment never feeds back.
    this.#adjuster.adjust(latent, adjustment);
    this.#latent = latent;
    this.#tokens = Uint32Array.from(tokens);
  }

  async read(): Promise<MotionReading> {
    return { latent: this.#latent.slice(), tokens: this.#tokens.slice() };
  }

  reset(): void {
    this.#motion.reset();
  }

  destroy(): void {
    void this.#motion.release();
  }
}
