/** @file min 1/2 x'Ax - b'x with bounds, by projected coordinate descent (Gauss-Seidel): exact for the ~90 unknowns here. */

const MAX_SWEEPS = 400;
const TOLERANCE = 1e-6;

/**
 * @param a f64[n x n], symmetric positive definite
 * @param b f64[n]
 * @param low f64[n]; @param high f64[n]
 * @param x f64[n], start on entry, solution on return
 */
export function solveBounded(
  a: Float64Array,
  b: Float64Array,
  low: Float64Array,
  high: Float64Array,
  x: Float64Array,
): void {
  const n = b.length;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let change = 0;
    for (let i = 0; i < n; i++) {
      let sum = b[i]!;
      const row = i * n;
      for (let j = 0; j < n; j++) sum -= a[row + j]! * x[j]!;
      const next = Math.min(high[i]!, Math.max(low[i]!, x[i]! + sum / a[row + i]!));
      change = Math.max(change, Math.abs(next - x[i]!));
      x[i] = next;
    }
    if (change < TOLERANCE) return;
  }
}
