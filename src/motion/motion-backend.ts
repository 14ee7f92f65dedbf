/** @file One door for the two backends of the motion transformer. */
import type { AudioEmbedding } from '../core/audio-types';

/** Makes a motion frame of an audio embedding and of what it made before. */
export type MotionBackend = {
  readonly kind: 'wgsl' | 'wasm';
  /** f32[70], the newest MotionLatent, once the commands of its step are submitted. COPY_SRC. */
  readonly latent: GPUBuffer;
  /** u32[levels], its residual-VQ codes. COPY_SRC. */
  readonly tokens: GPUBuffer;
  /** Adds the commands (WGSL) or writes the result through the queue (WASM). One step a command buffer. */
  step(encoder: GPUCommandEncoder, frame: number, embedding: AudioEmbedding): Promise<void> | void;
  /** Back to the start: history forgotten. */
  reset(): void;
  destroy(): void;
};
