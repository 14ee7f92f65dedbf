/**
 * @file Secondary motion on the GPU: small motions that follow jaw and head with delay. The throat moves in speech, hair ends
 * and earrings lag behind the head, the collar follows.
 *
 * Teller (CVPR 2025) adds such motion with its Efficient Temporal Module, a 3-D U-Net over a VAE's latents, which takes 71 ms
 * of an H800 for 200 ms of video. Physically it is second-order motion, and the motion latent contains everything that
 * drives it. So a few damped springs are enough. They are causal, their parameters are measured on real speakers
 * (training/measure_secondary_motion.py, docs/secondary-motion.md), and they drive a coarse residual flow field of the
 * photo (prepare/person/secondary-motion-fields.ts).
 *
 * Mode k, with a time step of one motion frame (1/25 s) and u linear in between:
 *
 *   u_k = gain_k drive_k(latent)               IOD
 *   w'' + 2 zeta omega w' + omega^2 (w - u) = 0
 *   y_k = clamp(w, +-limit_k), or clamp(w - u, +-limit_k) where the picture shows the head's own motion already
 *   displacement of a vertex = strength sum_k y_k field_k(vertex),  canonical x and y
 *
 * The state advances by motion frames, not by time, so pauses and skipped pictures change nothing. Between two motion frames
 * y is interpolated like the latent. The step is exact for every frequency. Drives are bounded and every mode decays, so the
 * state stays bounded for any length of time. The latent of the rest pose gives y = 0.
 *
 * Cost: 80 multiply-adds per mode and motion frame. The lists of the grid get some hundred more entries, less than 1 %
 * of the arithmetic and bytes of a picture (`node bench/run.mjs render` counts and times).
 */
import { MOTION_LATENT_SIZE } from '../../core/motion-latent';
import { createStorageBuffer, uploadStorage } from '../../gpu/buffers';
import type { PreparedDispatch } from '../../gpu/kernel';
import { StructArray } from '../../gpu/struct-layout';
import { createSecondaryMotionKernel } from '../../kernels/secondary-motion';
import { SECONDARY_MOTION_MODE, SPRING } from '../../kernels/struct-layouts';
import { SECONDARY_MOTION_MODES } from '../../portrait-bundle/secondary-motion-modes';
import type { FaceModel } from '../../weights/face-model';
import { driveWeights, springStep } from '../secondary-drive';

/** State of the secondary motion of one portrait. */
export class SecondaryMotion {
  readonly #step: PreparedDispatch;
  /** SecondaryMotionMode[K] of secondary-mode.wgsl. */
  readonly modes: GPUBuffer;
  readonly #tables: readonly GPUBuffer[];

  private constructor(step: PreparedDispatch, modes: GPUBuffer, tables: readonly GPUBuffer[]) {
    this.#step = step;
    this.modes = modes;
    this.#tables = tables;
  }

  /** @param latent f32[70], the newest motion frame @throws TalkingPortraitError 'unsupported' */
  static async create(device: GPUDevice, model: FaceModel, latent: GPUBuffer): Promise<SecondaryMotion> {
    const count = SECONDARY_MOTION_MODES.length;
    const bind = await createSecondaryMotionKernel(device, { modes: count });
    const weights = uploadStorage(device, 'secondary drives', packDrives(model));
    const springs = uploadStorage(device, 'secondary springs', packSprings());
    const modes = createStorageBuffer(device, 'secondary modes', 4 * SECONDARY_MOTION_MODE.size * count);
    return new SecondaryMotion(bind({ latent, weights, springs, modes }), modes, [weights, springs]);
  }

  /** Records one step; call it once per motion frame, after the latent has been written. */
  encode(encoder: GPUCommandEncoder): void {
    const pass = encoder.beginComputePass({ label: 'secondary motion' });
    this.#step(pass);
    pass.end();
  }

  destroy(): void {
    for (const buffer of [this.modes, ...this.#tables]) buffer.destroy();
  }
}

/** f32[K x 70]: gain times drive. */
function packDrives(model: FaceModel): Float32Array<ArrayBuffer> {
  const out = new Float32Array(MOTION_LATENT_SIZE * SECONDARY_MOTION_MODES.length);
  SECONDARY_MOTION_MODES.forEach(({ drive, gain }, k) =>
    out.set(
      driveWeights(model, drive).map((w) => gain * w),
      MOTION_LATENT_SIZE * k,
    ),
  );
  return out;
}

function packSprings(): Float32Array<ArrayBuffer> {
  const out = new StructArray(SPRING, SECONDARY_MOTION_MODES.length);
  SECONDARY_MOTION_MODES.forEach((mode, k) =>
    out.set(k, { ...springStep(mode), direct: mode.lagsBehind ? 1 : 0, limit: mode.limitIod }),
  );
  return out.data;
}
