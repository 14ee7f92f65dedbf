/** @file MotionBackend: the interface of the motion model, implemented by WgslMotion and WasmBackend. */

import type { MotionAdjustment } from './motion-adjustment';
import type { MotionConfig } from './motion-weights';
import type { SamplerOptions } from './token-sampler';

/** Runs the motion transformer, decodes its tokens and applies the motion adjustment, one frame at a time. */
export type MotionBackend = {
  readonly kind: 'wgsl' | 'wasm';
  readonly config: MotionConfig;
  /** f32[70], COPY_SRC: the newest MotionLatent, after the commands of its step have been submitted. */
  readonly latent: GPUBuffer;
  /** u32[levels], COPY_SRC: its residual-VQ codes. */
  readonly tokens: GPUBuffer;
  /** New sampling from the next frame on. @throws TalkingPortraitError 'invalid-option' */
  setSampler(options: Partial<SamplerOptions>): void;
  /**
   * Adds commands to `encoder` (WGSL) or writes the result through the queue (WASM). At most one step per command
   * buffer, because the inputs of a step are written through the queue.
   *
   * @param frame index of the video frame, which also indexes the random numbers
   * @param embedding f32[embeddingSize], the audio embedding of that frame
   * @param adjustment f32[16]
   * @throws TalkingPortraitError 'invalid-option' for an embedding of another length
   */
  step(
    encoder: GPUCommandEncoder,
    frame: number,
    embedding: Float32Array,
    adjustment: MotionAdjustment,
  ): Promise<void> | void;
  /** Clears the history: the next frame is treated as the first. */
  reset(): void;
  destroy(): void;
};
