/**
 * @file Which variants of the kernels an adapter gets. All variants compute the same numbers.
 *
 * On a GPU eight threads share a row and weights stay f16. On a software adapter (SwiftShader) a barrier costs 13 times
 * the row it serves, and unpacking f16 costs 2.6 times the load it saves; there a row has one thread, and weights are f32.
 *
 * - Without barriers on software adapters, with one on GPUs: norm-linear, gated-linear, residual-linear, embedding.
 * - With barriers in every variant: attention (2), residual-decode (3), depth-head (6 per level; on software adapters
 *   it only has fewer threads).
 * - Without barriers, one variant for all adapters: keypoint-transform, expression, dense-motion, grid-motion, lip-profile,
 *   secondary-motion.
 */

export type KernelTuning = {
  /** Threads that share a row of the matrix-vector kernels. 1: no barrier. */
  lanes: 1 | 8;
  /** f16 weights, unpacked when they are read; false: f32. */
  half: boolean;
  /** Threads of the single workgroup of the depth head. */
  depthThreads: number;
};

export const GPU_TUNING: KernelTuning = { lanes: 8, half: true, depthThreads: 256 };
export const SOFTWARE_TUNING: KernelTuning = { lanes: 1, half: false, depthThreads: 16 };

/** @param isFallback of the GpuDevice */
export function tuningFor(isFallback: boolean): KernelTuning {
  return isFallback ? SOFTWARE_TUNING : GPU_TUNING;
}

/** Threads per workgroup of the warp kernels that have a thread per vertex, expression or sample. */
export const WARP_WORKGROUP_SIZE = 64;

const ROW_THREADS = 64;

/** Workgroups of a matrix-vector kernel. */
export function rowWorkgroups(rows: number, { lanes }: KernelTuning): number {
  return Math.ceil((rows * lanes) / ROW_THREADS);
}
