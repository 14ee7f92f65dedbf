/**
 * @file Which variant of the kernels an adapter gets. All variants compute the same numbers.
 *
 * On a GPU rows are shared by eight threads and weights stay f16. On a software adapter (SwiftShader) a barrier costs
 * 13 times the row it serves and unpacking f16 2.6 times the load it saves: a thread a row, f32 weights.
 */

export type KernelTuning = {
  /** Threads a row of the matrix-vector kernels. 1: no barrier. */
  lanes: 1 | 8;
  /** f16 weights, unpacked while reading; false: f32. */
  half: boolean;
  /** Threads of the single-workgroup depth head. */
  depthThreads: number;
};

export const GPU_TUNING: KernelTuning = { lanes: 8, half: true, depthThreads: 256 };
export const SOFTWARE_TUNING: KernelTuning = { lanes: 1, half: false, depthThreads: 16 };

/** @param isFallback of the GpuDevice */
export function tuningFor(isFallback: boolean): KernelTuning {
  return isFallback ? SOFTWARE_TUNING : GPU_TUNING;
}

const ROW_THREADS = 64;

/** Workgroups of a matrix-vector kernel. */
export function rowWorkgroups(rows: number, { lanes }: KernelTuning): number {
  return Math.ceil((rows * lanes) / ROW_THREADS);
}
