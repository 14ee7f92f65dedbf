/**
 * @file The cost of one motion step, computed from the sizes of the model: arithmetic, and bytes of weights and cache
 * that are read. Exact for the WGSL kernels; the motion adjustment (13 kFLOP, 28 kB of maps) is not counted.
 */

import { MOTION_LATENT_SIZE } from '../../src/core/motion-latent';
import type { MotionConfig } from '../../src/motion/motion-weights';

const HALF_BYTES = 2;
const FLOAT_BYTES = 4;

export type MotionCost = {
  /** Multiplications and additions of matrix products and attention with a full window. */
  flop: number;
  /** f16 matrices and table rows, f32 vectors. */
  weightBytes: number;
  /** Keys and values of all layers, f32. */
  cacheBytes: number;
};

/** @param config sizes of the model */
export function motionCost(config: MotionConfig): MotionCost {
  const { d, layers, ff, window, sinks, levels, codebookSize, codeSize, depthWidth, depthFf, embeddingSize } = config;
  const layerMatrices = 3 * d * d + d * d + 3 * ff * d;
  const levelMatrices = depthWidth * d + 3 * depthFf * depthWidth + codebookSize * depthWidth;
  const matrices = embeddingSize * d + layers * layerMatrices + levels * levelMatrices;
  const decoder = MOTION_LATENT_SIZE * codeSize;
  const attention = layers * 4 * (window + sinks) * d;
  const tableRows = levels * (d + depthWidth + codeSize);
  const vectors =
    2 * d +
    layers * (2 * d + 2 * sinks * d) +
    d +
    levels * (2 * depthWidth + codebookSize) +
    2 * MOTION_LATENT_SIZE +
    decoder;
  return {
    flop: 2 * (matrices + decoder) + attention,
    weightBytes: HALF_BYTES * (matrices + tableRows) + FLOAT_BYTES * vectors,
    cacheBytes: FLOAT_BYTES * layers * 2 * window * d,
  };
}
