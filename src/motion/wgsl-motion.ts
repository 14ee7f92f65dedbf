/**
 * @file WgslMotion: the whole motion step in WGSL, from audio embedding to MotionLatent, in one compute pass.
 *
 * A frame takes three small writes (embedding, step state, adjustment) and 24 dispatches; it allocates nothing and reads nothing
 * back. With d 192 and ff 512 a step is 5.0 MFLOP and reads 4.9 MB of weights and 0.4 MB of cache (counted by
 * bench/motion/motion-cost.ts): two FLOP for each weight. On a GPU the lower bound is therefore the memory bandwidth, 0.04 ms at
 * 200 GB/s; in practice it is the latency of 24 dependent dispatches.
 */

import { KEYPOINT_COUNT, MOTION_LATENT_SIZE } from '../core/motion-latent';
import { TalkingPortraitError } from '../errors';
import type { GpuDevice } from '../gpu/device';
import { type KernelTuning, tuningFor } from '../kernels/kernel-tuning';
import { type MotionAdjustment, neutralAdjustment } from './motion-adjustment';
import type { MotionBackend, MotionReading } from './motion-backend';
import { MotionTransformer } from './motion-transformer';
import type { MotionConfig, MotionWeights } from './motion-weights';
import { ResidualVq } from './residual-vq';
import { EXPRESSION_ROLE_STRIDE, type AdjustmentMaps } from './adjustment-maps';
import { StepState } from './step-state';
import { resolveSampler, type Sampler, type SamplerOptions } from './token-sampler';

export type WgslMotionOptions = SamplerOptions & {
  /** Maps for the motion adjustment, see `adjustmentMaps`. @defaultValue a face without expressions: only the head is adjusted */
  maps?: AdjustmentMaps;
  /** @defaultValue depends on the adapter: without barriers on a software adapter */
  tuning?: KernelTuning;
};

const NO_MAPS: AdjustmentMaps = {
  count: 1,
  roles: new Float32Array(EXPRESSION_ROLE_STRIDE),
  read: new Float32Array(KEYPOINT_COUNT * 3),
  write: new Float32Array(KEYPOINT_COUNT * 3),
};
const NEUTRAL = neutralAdjustment();

/** The motion model on a GPU, one frame at a time. */
export class WgslMotion implements MotionBackend {
  readonly kind = 'wgsl';
  #sampler: Sampler;
  readonly #device: GPUDevice;
  readonly #weights: MotionWeights;
  readonly #state: StepState;
  readonly #transformer: MotionTransformer;
  readonly #vq: ResidualVq;

  private constructor(
    device: GPUDevice,
    weights: MotionWeights,
    state: StepState,
    transformer: MotionTransformer,
    vq: ResidualVq,
    options: SamplerOptions,
  ) {
    this.#device = device;
    this.#weights = weights;
    this.#state = state;
    this.#transformer = transformer;
    this.#vq = vq;
    this.#sampler = resolveSampler(options, weights.config);
  }

  /** @throws TalkingPortraitError 'invalid-option', or 'unsupported' when the driver refuses a kernel */
  static async create(gpu: GpuDevice, weights: MotionWeights, options: WgslMotionOptions): Promise<WgslMotion> {
    const { device } = gpu;
    const state = new StepState(device);
    const transformer = await MotionTransformer.create(
      device,
      weights,
      state,
      options.tuning ?? tuningFor(gpu.isFallback),
    );
    const vq = await ResidualVq.create(device, weights, state, transformer.tokens, options.maps ?? NO_MAPS);
    return new WgslMotion(device, weights, state, transformer, vq, options);
  }

  get config(): MotionConfig {
    return this.#weights.config;
  }

  /** f32[70], COPY_SRC: MotionLatent of the newest recorded frame. */
  get latent(): GPUBuffer {
    return this.#vq.latent;
  }

  /** u32[levels], COPY_SRC: tokens of the newest recorded frame. */
  get tokens(): GPUBuffer {
    return this.#transformer.tokens;
  }

  /** f32[levels x codebookSize], COPY_SRC: logits of the newest recorded frame, for tests and tools. */
  get logits(): GPUBuffer {
    return this.#transformer.logits;
  }

  /** Number of dispatches in a step. */
  get dispatches(): number {
    return this.#transformer.dispatches + 1;
  }

  /** New sampling from the next frame on. @throws TalkingPortraitError 'invalid-option' */
  setSampler(options: Partial<SamplerOptions>): void {
    this.#sampler = resolveSampler({ ...this.#sampler, ...options }, this.#weights.config);
  }

  /**
   * Records the step of one frame. Submit the encoder before the next `step`: the inputs are written through the queue, so the
   * second of two steps in one submit would overwrite the inputs of the first.
   *
   * @param frame index of the video frame, which also indexes the random numbers
   * @param embedding f32[embeddingSize], the audio embedding of that frame
   * @param adjustment f32[16]; by default it changes nothing
   * @throws TalkingPortraitError 'invalid-option' for an embedding of another length
   */
  step(
    encoder: GPUCommandEncoder,
    frame: number,
    embedding: Float32Array,
    adjustment: MotionAdjustment = NEUTRAL,
  ): void {
    if (embedding.length !== this.#weights.config.embeddingSize) {
      throw new TalkingPortraitError(
        'invalid-option',
        'The audio embedding has the wrong length.',
        'Use audio encoder and motion model of the same version.',
        embedding.length,
      );
    }
    this.#device.queue.writeBuffer(this.#transformer.audio, 0, embedding as Float32Array<ArrayBuffer>);
    this.#state.write(this.#transformer.cache, frame, this.#sampler);
    this.#vq.writeAdjustment(adjustment);
    const pass = encoder.beginComputePass({ label: 'motion step' });
    this.#transformer.encode(pass);
    this.#vq.encode(pass);
    pass.end();
    this.#transformer.cache.advance();
  }

  async read(): Promise<MotionReading> {
    const { tokens } = this;
    const latentBytes = MOTION_LATENT_SIZE * Float32Array.BYTES_PER_ELEMENT;
    const staging = this.#device.createBuffer({
      label: 'motion read-back',
      size: latentBytes + tokens.size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.#device.createCommandEncoder({ label: 'motion read-back' });
    encoder.copyBufferToBuffer(this.latent, 0, staging, 0, latentBytes);
    encoder.copyBufferToBuffer(tokens, 0, staging, latentBytes, tokens.size);
    this.#device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const bytes = staging.getMappedRange().slice(0);
    staging.destroy();
    return { latent: new Float32Array(bytes, 0, MOTION_LATENT_SIZE), tokens: new Uint32Array(bytes, latentBytes) };
  }

  /** Clears history and smoothing: the next frame is treated as the first. */
  reset(): void {
    this.#transformer.cache.reset();
  }

  destroy(): void {
    this.#state.destroy();
    this.#transformer.destroy();
    this.#vq.destroy();
  }
}
