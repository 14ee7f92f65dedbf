/** @file The springs of secondary motion and what drives them (webgpu/secondary-motion.ts explains the model), for both renderers. */
import { MOTION, MOTION_LATENT_SIZE } from '../core/motion-latent';
import { FRAME_RATE_HZ } from '../core/time';
import type { SecondaryDrive, SecondaryMotionMode } from '../portrait-bundle/secondary-motion-modes';
import { expressionIndex, type FaceModel } from '../weights/face-model';

const RADIANS = Math.PI / 180;

/** The spring and damper of a mode over one motion frame, as in secondary-motion.wgsl. */
export type SpringStep = {
  /** Rows of exp(A T) of (w, w' per frame). */
  phi: [number, number, number, number];
  /** 2 zeta / omega, frames. */
  lag: number;
};

/** exp(A T) of w'' + 2 zeta omega w' + omega^2 w = 0 over one motion frame. */
export function springStep({ frequencyHz, damping }: Pick<SecondaryMotionMode, 'frequencyHz' | 'damping'>): SpringStep {
  const omega = 2 * Math.PI * (frequencyHz / FRAME_RATE_HZ); // per frame
  const decay = Math.exp(-damping * omega);
  const root = omega * Math.sqrt(Math.abs(1 - damping * damping));
  // Sine and cosine below critical damping, hyperbolic ones above, their common limit at it.
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

/**
 * f32[70]: the drive as a linear function of the latent. The rotation of delta with the head is ignored: it changes a small
 * motion by a few percent.
 */
export function driveWeights(model: FaceModel, drive: SecondaryDrive): Float32Array {
  const weights = new Float32Array(MOTION_LATENT_SIZE);
  if (drive === 'jaw') {
    const row = 63 * expressionIndex(model, 'jawOpen');
    weights.set(model.keypointsToExpressions.subarray(row, row + 63));
  } else if (drive === 'x' || drive === 'y') weights[MOTION.translation + (drive === 'x' ? 0 : 1)] = 1;
  else weights[MOTION[drive]] = RADIANS;
  return weights;
}
