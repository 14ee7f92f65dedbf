/** @file The residual-VQ decoder on the GPU: tokens to MotionLatent, with the state that smooths the head and lets the lips lead. */

import { MOTION_LATENT_SIZE } from '../core/motion-latent';
import { createStorageBuffer, uploadStorage } from '../gpu/buffers';
import type { PreparedDispatch } from '../gpu/kernel';
import { uploadTable, uploadVectors } from '../kernels/packed-matrix';
import { createResidualDecodeKernel } from '../kernels/residual-decode';
import { CLOSED_GAP_IOD, type FrameShaping, OPEN_GAP_IOD, SHAPING_SIZE } from './frame-shaping';
import type { MotionWeights } from './motion-weights';
import type { ShapingMaps } from './shaping-maps';
import type { StepState } from './step-state';

const FLOAT_BYTES = 4;

/** Owns codebooks, smoothing state and the latent. A reset needs nothing here: the first frame takes no history. */
export class ResidualVq {
  readonly #device: GPUDevice;
  /** f32[70]. */
  readonly latent: GPUBuffer;
  readonly #shaping: GPUBuffer;
  readonly #step: PreparedDispatch;
  readonly #owned: readonly GPUBuffer[];

  private constructor(
    device: GPUDevice,
    latent: GPUBuffer,
    shaping: GPUBuffer,
    step: PreparedDispatch,
    owned: readonly GPUBuffer[],
  ) {
    this.#device = device;
    this.latent = latent;
    this.#shaping = shaping;
    this.#step = step;
    this.#owned = owned;
  }

  /** @param tokens u32[levels] of the motion transformer */
  static async create(
    device: GPUDevice,
    { config, vq }: MotionWeights,
    state: StepState,
    tokens: GPUBuffer,
    { count, shapes, read, write }: ShapingMaps,
  ): Promise<ResidualVq> {
    const { levels, codebookSize, codeSize } = config;
    const bind = await createResidualDecodeKernel(device, {
      levels,
      codes: codebookSize,
      codeSize,
      expressions: count,
      closedGap: CLOSED_GAP_IOD,
      openGap: OPEN_GAP_IOD,
    });
    const latent = createStorageBuffer(device, 'motion latent', MOTION_LATENT_SIZE * FLOAT_BYTES);
    const smooth = createStorageBuffer(device, 'motion smoothing state', MOTION_LATENT_SIZE * FLOAT_BYTES);
    const shaping = createStorageBuffer(device, 'motion shaping', SHAPING_SIZE * FLOAT_BYTES);
    const codebooks = uploadTable(device, 'motion codebooks', vq.codebooks);
    const decoder = uploadVectors(device, 'motion decoder', vq.mean, vq.smoothing, vq.decode);
    const maps = uploadStorage(device, 'motion shaping maps', new Float32Array([...shapes, ...read, ...write]));
    const step = bind({ state: state.buffer, shaping, tokens, codebooks, decoder, maps, smooth, latent });
    return new ResidualVq(device, latent, shaping, step, [latent, smooth, shaping, codebooks, decoder, maps]);
  }

  /** How the coming frame is shaped; counts until it is written again. */
  writeShaping(shaping: FrameShaping): void {
    this.#device.queue.writeBuffer(this.#shaping, 0, shaping as Float32Array<ArrayBuffer>);
  }

  /** Record the one dispatch. */
  encode(pass: GPUComputePassEncoder): void {
    this.#step(pass);
  }

  destroy(): void {
    for (const buffer of this.#owned) buffer.destroy();
  }
}
