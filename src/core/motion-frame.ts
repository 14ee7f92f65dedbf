/**
 * @file MotionFrame: everything that the motion stage passes to the renderer for one frame, 25 times per second.
 *
 *   sound -> audio: AudioEmbedding -> motion: MotionFrame -> renderer: picture
 *
 * | field             | filled by                                                     | location                  |
 * |-------------------|---------------------------------------------------------------|---------------------------|
 * | `latent`          | motion transformer, residual VQ decoder and motion adjustment | GPU (WGSL) or CPU (WASM)  |
 * | `articulation`    | audio encoder, passed on unchanged                            | CPU                       |
 * | `speechBlend`     | motion, from the speech gate of the audio (speech-blend.ts)   | CPU                       |
 * | `secondaryMotion` | motion, from the motion controls                              | CPU                       |
 *
 * The renderer copies latent and articulation, also keeps those of the previous frame, and interpolates between the two. It does
 * not interpolate `speechBlend` and `secondaryMotion`, but uses the newest values.
 */

import type { MotionLatent } from './motion-latent';

/**
 * One frame of motion.
 *
 * @typeParam Latent where the latent is: the renderer on the GPU takes both, that on the CPU only a {@link MotionLatent}
 */
export type MotionFrame<Latent extends GPUBuffer | MotionLatent = GPUBuffer | MotionLatent> = {
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
