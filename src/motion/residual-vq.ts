/**
 * @file ResidualVq: the residual-VQ decoder on the GPU, from tokens to the MotionLatent. It keeps the state of the smoothing,
 * which low-passes the head pose and lets the lips lead.
 */

import { MOTION_LATENT_SIZE } from '../core/motion-latent';
import { createStorageBuffer, uploadStorage } from '../gpu/buffers';
import type { PreparedDispatch } from '../gpu/kernel';
import { uploadTable, uploadVectors } from '../kernels/packed-matrix';
import { createResidualDecodeKernel } from '../kernels/residual-decode';
import { CLOSED_GAP_IOD, type MotionAdjustment, OPEN_GAP_IOD, ADJUSTMENT_SIZE } from './motion-adjustment';
import type { MotionWeights } from './motion-weights';
import type { AdjustmentMaps } from './adjustment-maps';
import type { StepState } from './step-state';

const FLOAT_BYTES = 4;

/**
 * Owns codebooks, smoothing state and the latent. It has no reset: the first frame after a reset of the backend does
 * not read the state.
 */
export class ResidualVq {
  readonly #device: GPUDevice;
  /** f32[70], the MotionLatent of the newest frame. */
  readonly latent: GPUBuffer;
  readonly #adjustment: GPUBuffer;
  readonly #step: PreparedDispatch;
  readonly #owned: readonly GPUBuffer[];

  private constructor(
    device: GPUDevice,
    latent: GPUBuffer,
    adjustment: GPUBuffer,
    step: PreparedDispatch,
    owned: readonly GPUBuffer[],
  ) {
    this.#device = device;
    this.latent = latent;
    this.#adjustment = adjustment;
    this.#step = step;
    this.#owned = owned;
  }

  /** @param tokens u32[levels] of the motion transformer */
  static async create(
    device: GPUDevice,
    { config, vq }: MotionWeights,
    state: StepState,
    tokens: GPUBuffer,
    { count, roles, read, write }: AdjustmentMaps,
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
    const smoothState = createStorageBuffer(device, 'motion smoothing state', MOTION_LATENT_SIZE * FLOAT_BYTES);
    const adjustment = createStorageBuffer(device, 'motion adjustment', ADJUSTMENT_SIZE * FLOAT_BYTES);
    const tables = {
      codebooks: uploadTable(device, 'motion codebooks', vq.codebooks),
      decoder: uploadVectors(device, 'motion decoder', vq.mean, vq.smoothing, vq.decode),
      roles: uploadStorage(device, 'motion expression roles', roles),
      maps: uploadStorage(device, 'motion adjustment maps', new Float32Array([...read, ...write])),
    };
    const step = bind({ state: state.buffer, adjustment, tokens, ...tables, smoothState, latent });
    const owned = [latent, smoothState, adjustment, ...Object.values(tables)];
    return new ResidualVq(device, latent, adjustment, step, owned);
  }

  /** Sets the adjustment of the next frame; it stays in effect until it is set again. */
  writeAdjustment(adjustment: MotionAdjustment): void {
    this.#device.queue.writeBuffer(this.#adjustment, 0, adjustment as Float32Array<ArrayBuffer>);
  }

  /** Records its single dispatch. */
  encode(pass: GPUComputePassEncoder): void {
    this.#step(pass);
  }

  destroy(): void {
    for (const buffer of this.#owned) buffer.destroy();
  }
}
