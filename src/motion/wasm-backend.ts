/** @file WasmMotion with procedural and controls, its results written to the buffers that the renderer reads. */

import type { AudioEmbedding } from '../core/audio-types';
import type { MotionControls } from '../options/controls';
import { MOTION_LATENT_SIZE } from '../core/motion-latent';
import { createStorageBuffer } from '../gpu/buffers';
import { MotionAdjuster } from './motion-adjustment';
import type { ProceduralMotion } from './procedural-motion';
import type { AdjustmentMaps } from './adjustment-maps';
import { samplerOf } from './token-sampler';
import type { WasmMotion } from './wasm-motion';

const FLOAT_BYTES = 4;

/** MotionBackend on the CPU; see src/motion/motion-backend.ts. */
export class WasmBackend {
  readonly kind = 'wasm';
  readonly latent: GPUBuffer;
  readonly tokens: GPUBuffer;
  readonly #shaper: MotionAdjuster;
  readonly #device: GPUDevice;
  readonly #motion: WasmMotion;
  readonly procedural: ProceduralMotion;

  constructor(
    device: GPUDevice,
    motion: WasmMotion,
    levels: number,
    procedural: ProceduralMotion,
    maps: AdjustmentMaps,
  ) {
    this.#device = device;
    this.#motion = motion;
    this.procedural = procedural;
    this.#shaper = new MotionAdjuster(maps);
    this.latent = createStorageBuffer(device, 'wasm motion latent', MOTION_LATENT_SIZE * FLOAT_BYTES);
    this.tokens = createStorageBuffer(device, 'wasm motion tokens', levels * FLOAT_BYTES);
  }

  setControls(controls: Readonly<MotionControls>): void {
    this.procedural.setControls(controls);
    this.#motion.setSampler(samplerOf(controls, this.#motion.config));
  }

  async step(_encoder: GPUCommandEncoder, frame: number, embedding: AudioEmbedding): Promise<void> {
    const adjustment = this.procedural.next(embedding);
    const { latent, tokens } = await this.#motion.step(frame, embedding.values);
    // The graph smooths its own state, so the adjustment never feeds back.
    this.#shaper.shape(latent, adjustment);
    this.#device.queue.writeBuffer(this.latent, 0, latent as Float32Array<ArrayBuffer>);
    this.#device.queue.writeBuffer(this.tokens, 0, tokens as Int32Array<ArrayBuffer>);
  }

  reset(): void {
    this.#motion.reset();
    this.procedural.reset();
  }

  destroy(): void {
    this.latent.destroy();
    this.tokens.destroy();
    void this.#motion.release();
  }
}
