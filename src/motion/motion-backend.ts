/** @file MotionBackend: the interface of the motion model, implemented by WgslMotion and WasmBackend. */

import type { MotionLatent } from '../core/motion-latent';
import type { MotionAdjustment } from './motion-adjustment';
import type { MotionConfig } from './motion-weights';
import type { SamplerOptions } from './token-sampler';

/** The newest frame on the CPU. */
export type MotionReading = {
  latent: MotionLatent;
  /** u32[levels]: its residual-VQ codes. */
  tokens: Uint32Array;
};

/** Runs the motion transformer, decodes its tokens and applies the motion adjustment, one frame at a time. */
export type MotionBackend = {
  readonly kind: 'wgsl' | 'wasm';
  readonly config: MotionConfig;
  /** f32[70]: the newest MotionLatent. A buffer is COPY_SRC and holds it once the commands of its step have been submitted. */
  readonly latent: GPUBuffer | MotionLatent;
  /** New sampling from the next frame on. @throws TalkingPortraitError 'invalid-option' */
  setSampler(options: Partial<SamplerOptions>): void;
  /**
   * Makes a frame. WGSL adds commands to `encoder`: at most one step per command buffer, because the inputs of a step are
   * written through the queue. WASM ignores `encoder`, which is undefined where there is no GPU.
   *
   * @param frame index of the video frame, which also indexes the random numbers
   * @param embedding f32[embeddingSize], the audio embedding of that frame
   * @param adjustment f32[16]
   * @throws TalkingPortraitError 'invalid-option' for an embedding of another length
   */
  step(
    encoder: GPUCommandEncoder | undefined,
    frame: number,
    embedding: Float32Array,
    adjustment: MotionAdjustment,
  ): Promise<void> | void;
  /** The newest frame; its commands must have been submitted. For tests and records only: on a GPU it is read back. */
  read(): Promise<MotionReading>;
  /** Clears the history: the next frame is treated as the first. */
  reset(): void;
  destroy(): void;
};
