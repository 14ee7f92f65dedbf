/**
 * @file MotionFrame: everything that the motion stage passes to the renderer for one frame, 25 times per second.
 *
 *   sound -> audio: AudioEmbedding -> motion: MotionFrame -> renderer: picture
 *
 * | field             | filled by                                                     | location                  |
 * |-------------------|---------------------------------------------------------------|---------------------------|
 * | `latent`          | motion transformer, residual VQ decoder and motion adjustment | GPU; only records read it |
 * | `articulation`    | audio encoder, passed on unchanged                            | CPU                       |
 * | `speechBlend`     | motion, from the speech gate of the audio (speech-blend.ts)   | CPU                       |
 * | `secondaryMotion` | motion, from the motion controls                              | CPU                       |
 *
 * With the WGSL backend the latent is made on the GPU; with the WASM backend the CPU makes it and writes it into the same
 * kind of buffer. The renderer copies the latent and the articulation, also keeps those of the previous frame, and
 * interpolates between the two. It does not interpolate `speechBlend` and `secondaryMotion`, but uses the newest
 * values.
 */

import type { MotionLatent } from './motion-latent';

/**
 * One frame of motion.
 *
 * @typeParam Latent `GPUBuffer` for a renderer on the GPU, {@link MotionLatent} for one on the CPU
 */
export type MotionFrame<Latent extends GPUBuffer | MotionLatent = GPUBuffer> = {
  /**
   * f32[70], see motion-latent.ts. A buffer has COPY_SRC usage, holds the latent once the commands of the motion step are
   * submitted, and is written again by the next step.
   */
  readonly latent: Latent;
  /** f32[6], probabilities 0 ... 1; see `AudioEmbedding.articulation`. Zeros if the audio encoder has none. */
  readonly articulation: Float32Array;
  /** 0 ... 1: how far the motion replaces the mouth expression of the photo. 0 in silence, 1 in speech; changes slowly. */
  readonly speechBlend: number;
  /** 0 ... 2: strength of the secondary motion (throat, collar, chest, hair ends). 0 none, 1 as measured. */
  readonly secondaryMotion: number;
};
