/** @file WgslMotion with idle life, as the pipeline drives it. */

import type { AudioEmbedding } from '../core/audio-types';
import type { IdleMotion } from './idle-motion';
import type { WgslMotion } from './wgsl-motion';

/** MotionBackend on the GPU; see src/motion/motion-backend.ts. */
export class WgslBackend {
  readonly kind = 'wgsl';

  constructor(
    private readonly motion: WgslMotion,
    readonly idle: IdleMotion,
  ) {}

  get latent(): GPUBuffer {
    return this.motion.latent;
  }

  get tokens(): GPUBuffer {
    return this.motion.tokens;
  }

  step(encoder: GPUCommandEncoder, frame: number, { values, speech }: AudioEmbedding): void {
    this.motion.encode(encoder, frame, values, this.idle.next(speech));
  }

  reset(): void {
    this.motion.reset();
    this.idle.reset();
  }

  destroy(): void {
    this.motion.destroy();
  }
}
