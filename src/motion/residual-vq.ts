/** @file The residual-VQ decoder on the GPU: tokens to MotionLatent, with the smoothing state of the head pose. */

import { MOTION_LATENT_SIZE } from '../core/motion-latent';
import { createStorageBuffer, uploadStorage } from '../gpu/buffers';
import type { PreparedDispatch } from '../gpu/kernel';
import { uploadTable, uploadVectors } from '../kernels/packed-matrix';
import { createResidualDecodeKernel } from '../kernels/residual-decode';
import { type EyelidMaps, IDLE_SIZE, type IdleOffset } from './idle-offset';
import type { MotionWeights } from './motion-weights';
import type { StepState } from './step-state';

const FLOAT_BYTES = 4;

/** Owns codebooks, smoothing state and the latent. A reset needs nothing here: the first frame takes no history. */
export class ResidualVq {
  private constructor(
    private readonly device: GPUDevice,
    /** f32[70]. */
    readonly latent: GPUBuffer,
    private readonly idle: GPUBuffer,
    private readonly step: PreparedDispatch,
    private readonly owned: readonly GPUBuffer[],
  ) {}

  /** @param tokens u32[levels] of the motion transformer */
  static async create(
    device: GPUDevice,
    { config, vq }: MotionWeights,
    state: StepState,
    tokens: GPUBuffer,
    lids: EyelidMaps,
  ): Promise<ResidualVq> {
    const { levels, codebookSize, codeSize } = config;
    const bind = await createResidualDecodeKernel(device, { levels, codes: codebookSize, codeSize });
    const latent = createStorageBuffer(device, 'motion latent', MOTION_LATENT_SIZE * FLOAT_BYTES);
    const smooth = createStorageBuffer(device, 'motion smoothing state', MOTION_LATENT_SIZE * FLOAT_BYTES);
    const idle = createStorageBuffer(device, 'motion idle offset', IDLE_SIZE * FLOAT_BYTES);
    const codebooks = uploadTable(device, 'motion codebooks', vq.codebooks);
    const decoder = uploadVectors(device, 'motion decoder', vq.mean, vq.smoothing, vq.decode);
    const lidMaps = uploadStorage(device, 'motion eyelids', new Float32Array([...lids.read, ...lids.close]));
    const step = bind({ state: state.buffer, idle, tokens, codebooks, decoder, lids: lidMaps, smooth, latent });
    return new ResidualVq(device, latent, idle, step, [latent, smooth, idle, codebooks, decoder, lidMaps]);
  }

  /** What is added to the coming frame; counts until it is written again. */
  writeIdle(idle: IdleOffset): void {
    this.device.queue.writeBuffer(this.idle, 0, idle as Float32Array<ArrayBuffer>);
  }

  /** Record the one dispatch. */
  encode(pass: GPUComputePassEncoder): void {
    this.step(pass);
  }

  destroy(): void {
    for (const buffer of this.owned) buffer.destroy();
  }
}
