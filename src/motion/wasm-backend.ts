/** @file WasmMotion with idle life, its results written to the buffers that the renderer reads. */

import type { AudioEmbedding } from '../core/audio-types';
import { MOTION_LATENT_SIZE } from '../core/motion-latent';
import { createStorageBuffer } from '../gpu/buffers';
import type { IdleMotion } from './idle-motion';
import { addIdle, type EyelidMaps } from './idle-offset';
import type { WasmMotion } from './wasm-motion';

const FLOAT_BYTES = 4;

/** MotionBackend on the CPU; see src/motion/motion-backend.ts. */
export class WasmBackend {
  readonly kind = 'wasm';
  readonly latent: GPUBuffer;
  readonly tokens: GPUBuffer;

  constructor(
    private readonly device: GPUDevice,
    private readonly motion: WasmMotion,
    levels: number,
    readonly idle: IdleMotion,
    private readonly lids: EyelidMaps,
  ) {
    this.latent = createStorageBuffer(device, 'wasm motion latent', MOTION_LATENT_SIZE * FLOAT_BYTES);
    this.tokens = createStorageBuffer(device, 'wasm motion tokens', levels * FLOAT_BYTES);
  }

  async step(_encoder: GPUCommandEncoder, frame: number, { values, speech }: AudioEmbedding): Promise<void> {
    const { latent, tokens } = await this.motion.step(frame, values);
    // The graph smooths its own state, so the idle life never feeds back.
    addIdle(latent, this.idle.next(speech), this.lids);
    this.device.queue.writeBuffer(this.latent, 0, latent as Float32Array<ArrayBuffer>);
    this.device.queue.writeBuffer(this.tokens, 0, tokens as Int32Array<ArrayBuffer>);
  }

  reset(): void {
    this.motion.reset();
    this.idle.reset();
  }

  destroy(): void {
    this.latent.destroy();
    this.tokens.destroy();
    void this.motion.release();
  }
}
