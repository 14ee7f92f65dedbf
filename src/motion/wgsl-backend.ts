/** @file WgslMotion with procedural and controls, as the pipeline drives it. */

import type { AudioEmbedding } from '../core/audio-types';
import type { MotionControls } from '../options/controls';
import type { ProceduralMotion } from './procedural-motion';
import { samplerOf } from './token-sampler';
import type { WgslMotion } from './wgsl-motion';

/** MotionBackend on the GPU; see src/motion/motion-backend.ts. */
export class WgslBackend {
  readonly kind = 'wgsl';
  readonly #motion: WgslMotion;
  readonly procedural: ProceduralMotion;

  constructor(motion: WgslMotion, procedural: ProceduralMotion) {
    this.#motion = motion;
    this.procedural = procedural;
  }

  get latent(): GPUBuffer {
    return this.#motion.latent;
  }

  get tokens(): GPUBuffer {
    return this.#motion.tokens;
  }

  setControls(controls: Readonly<MotionControls>): void {
    this.procedural.setControls(controls);
    this.#motion.setSampler(samplerOf(controls, this.#motion.config));
  }

  step(encoder: GPUCommandEncoder, frame: number, embedding: AudioEmbedding): void {
    this.#motion.encode(encoder, frame, embedding.values, this.procedural.next(embedding));
  }

  reset(): void {
    this.#motion.reset();
    this.procedural.reset();
  }

  destroy(): void {
    this.#motion.destroy();
  }
}
