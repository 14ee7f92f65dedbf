/**
 * @file The Efficient Temporal Module: small motions that follow jaw and head with delay, on the GPU. The throat when one speaks,
 * hair ends and earrings behind the head, the collar: what makes a picture of a person a person.
 *
 * Why not a network: Teller (CVPR 2025) repairs such motion with a 3-D U-Net over a VAE's latents, 71 ms of an H800 for 200 ms
 * of video. What it repairs is physics of the second order, driven by what the motion latent holds already. So: a few springs
 * with dampers, causal, with parameters measured on real speakers (training/measure_secondary_motion.py,
 * docs/secondary-motion.md), act on a coarse residual flow field of the photo (prepare/secondary-fields.ts).
 *
 * Mode k, with a time step of one motion frame (1/25 s) and u straight in between:
 *
 *   u_k = gain_k drive_k(latent)               IOD
 *   w'' + 2 zeta omega w' + omega^2 (w - u) = 0
 *   y_k = clamp(w, +-limit_k), or clamp(w - u, +-limit_k) where the head's own motion is in the picture already
 *   displacement of a vertex = strength sum_k y_k field_k(vertex),  canonical x and y
 *
 * The state counts motion frames, not time: pauses and skipped pictures change nothing, y is mixed between two motion frames
 * like the latent itself. The step is exact for every frequency; drives are bounded and every mode decays, so no hour is too
 * long. A latent at rest gives y = 0.
 *
 * Costs: 80 multiply-adds a mode and motion frame; in the picture some hundred entries of the grid's lists, below 1 % of its
 * arithmetic and bytes (`node bench/run.mjs render` counts and times).
 */
import { MOTION, MOTION_LATENT_SIZE } from '../../core/motion-latent';
import { FRAME_RATE_HZ } from '../../core/time';
import { createStorageBuffer, uploadStorage } from '../../gpu/buffers';
import type { ComputeKernel } from '../../gpu/kernel';
import { createSecondaryMotionKernel, SPRING_STRIDE, SECONDARY_MODE_STRIDE } from '../../kernels/secondary-motion';
import { expressionIndex, type FaceModel } from '../../weights/face-model';
import {
  SECONDARY_MOTION_MODES,
  type SecondaryDrive,
  type SecondaryMotionMode,
} from '../../portrait-bundle/secondary-motion';

const RADIANS = Math.PI / 180;

/** The spring and damper of a mode over one motion frame, as in secondary-motion.wgsl. */
export type SpringStep = {
  /** Rows of exp(A T) of (w, w' per frame). */
  phi: [number, number, number, number];
  /** 2 zeta / omega, frames. */
  lag: number;
};

/** exp(A T) of w'' + 2 zeta omega w' + omega^2 w = 0 over one motion frame. */
function springStep({ frequencyHz, damping }: Pick<SecondaryMotionMode, 'frequencyHz' | 'damping'>): SpringStep {
  const omega = 2 * Math.PI * (frequencyHz / FRAME_RATE_HZ); // per frame
  const decay = Math.exp(-damping * omega);
  const root = omega * Math.sqrt(Math.abs(1 - damping * damping));
  // sine and cosine below the critical damping, their hyperbolic sisters above, their common limit at it
  const [c, s] =
    damping === 1
      ? [1, 1]
      : damping < 1
        ? [Math.cos(root), Math.sin(root) / root]
        : [Math.cosh(root), Math.sinh(root) / root];
  const [a, b] = [decay * c, decay * s];
  return {
    phi: [a + damping * omega * b, b, -omega * omega * b, a - damping * omega * b],
    lag: (2 * damping) / omega,
  };
}

/** f32[70]: what a drive takes of the latent. The head's turn of delta is left out: some percent of a small motion. */
export function driveWeights(model: FaceModel, drive: SecondaryDrive): Float32Array {
  const weights = new Float32Array(MOTION_LATENT_SIZE);
  if (drive === 'jaw') {
    const row = 63 * expressionIndex(model, 'jawOpen');
    weights.set(model.keypointsToExpressions.subarray(row, row + 63));
  } else if (drive === 'x' || drive === 'y') weights[MOTION.translation + (drive === 'x' ? 0 : 1)] = 1;
  else weights[MOTION[drive]] = RADIANS;
  return weights;
}

/** State of the secondary motion of one portrait. */
export class SecondaryMotion {
  readonly #kernel: ComputeKernel;
  readonly #group: GPUBindGroup;
  /** SecondaryMotionMode[K] of secondary-mode.wgsl. */
  readonly modes: GPUBuffer;
  readonly #tables: GPUBuffer[];

  private constructor(kernel: ComputeKernel, group: GPUBindGroup, modes: GPUBuffer, tables: GPUBuffer[]) {
    this.#kernel = kernel;
    this.#group = group;
    this.modes = modes;
    this.#tables = tables;
  }

  /** @param latent f32[70], the motion frame now @throws TalkingPortraitError 'unsupported' */
  static async create(device: GPUDevice, model: FaceModel, latent: GPUBuffer): Promise<SecondaryMotion> {
    const kernel = await createSecondaryMotionKernel(device, { modes: SECONDARY_MOTION_MODES.length });
    const weights = new Float32Array(MOTION_LATENT_SIZE * SECONDARY_MOTION_MODES.length);
    const laws = new Float32Array(SPRING_STRIDE * SECONDARY_MOTION_MODES.length);
    SECONDARY_MOTION_MODES.forEach((mode, k) => {
      weights.set(
        driveWeights(model, mode.drive).map((w) => mode.gain * w),
        MOTION_LATENT_SIZE * k,
      );
      const { phi, lag } = springStep(mode);
      laws.set([...phi, lag, mode.lagsBehind ? 1 : 0, mode.limitIod], SPRING_STRIDE * k);
    });
    const tables = [uploadStorage(device, 'secondary drives', weights), uploadStorage(device, 'secondary laws', laws)];
    const modes = createStorageBuffer(
      device,
      'secondary modes',
      4 * SECONDARY_MODE_STRIDE * SECONDARY_MOTION_MODES.length,
    );
    return new SecondaryMotion(kernel, kernel.bind([latent, ...tables, modes]), modes, tables);
  }

  /** Records one step; once a motion frame, after the latent has been written. */
  encode(encoder: GPUCommandEncoder): void {
    const pass = encoder.beginComputePass({ label: 'temporal module' });
    this.#kernel.dispatch(pass, this.#group, 1);
    pass.end();
  }

  destroy(): void {
    for (const buffer of [this.modes, ...this.#tables]) buffer.destroy();
  }
}
