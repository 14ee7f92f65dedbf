/**
 * @file Minimises 1/2 x'Ax - b'x within bounds. Sweeps of projected coordinate descent (Gauss-Seidel) find the active
 * bounds; a Newton step over the remaining, free unknowns then replaces hundreds of sweeps (Moré & Toraldo, "On the
 * Solution of Large Quadratic Programming Problems with Bound Constraints", 1991).
 */

const MAX_ROUNDS = 100;
const SWEEPS_PER_ROUND = 3;
const TOLERANCE = 1e-6;

/**
 * Solves the problem.
 *
 * @param a f64[n x n], symmetric positive definite
 * @param b f64[n]
 * @param low f64[n]
 * @param high f64[n]
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
  const factor = new Float64Array(n * n);
  const step = new Float64Array(n);
  const free = new Uint32Array(n);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (let sweep = 0; sweep < SWEEPS_PER_ROUND; sweep++) {
      let change = 0;
      for (let i = 0; i < n; i++) {
        const next = Math.min(high[i]!, Math.max(low[i]!, x[i]! + slope(a, b, x, i) / a[i * n + i]!));
        change = Math.max(change, Math.abs(next - x[i]!));
        x[i] = next;
      }
      if (change < TOLERANCE) return;
    }
    let count = 0;
    for (let i = 0; i < n; i++) if (x[i]! > low[i]! && x[i]! < high[i]!) free[count++] = i;
    newtonStep(a, b, x, free.subarray(0, count), factor, step);
    // Up to the first bound: on the way to the minimum over the free unknowns, the function never increases.
    let length = 1;
    for (let k = 0; k < count; k++) {
      const i = free[k]!;
      const distance = (step[k]! > 0 ? high[i]! : low[i]!) - x[i]!;
      if (Math.abs(step[k]!) > Math.abs(distance)) length = Math.min(length, distance / step[k]!);
    }
    for (let k = 0; k < count; k++) {
      const i = free[k]!;
      x[i] = Math.min(high[i]!, Math.max(low[i]!, x[i]! + length * step[k]!));
    }
  }
}

/** Component i of b - A x, the negative gradient. */
function slope(a: Float64Array, b: Float64Array, x: Float64Array, i: number): number {
  const n = b.length;
  let sum = b[i]!;
  for (let j = 0, k = i * n; j < n; j++, k++) sum -= a[k]! * x[j]!;
  return sum;
}

/**
 * Step to the minimum over the free unknowns, with the others fixed, by Cholesky factorisation.
 *
 * @param factor f64[>= free x free], workspace
 * @param step f64[>= free], the step on return
 */
function newtonStep(
  a: Float64Array,
  b: Float64Array,
  x: Float64Array,
  free: Uint32Array,
  factor: Float64Array,
  step: Float64Array,
): void {
  const [n, m] = [b.length, free.length];
  for (let i = 0; i < m; i++) {
    const row = i * m;
    for (let j = 0; j <= i; j++) {
      const other = j * m;
      let sum = a[free[i]! * n + free[j]!]!;
      for (let k = 0; k < j; k++) sum -= factor[row + k]! * factor[other + k]!;
      factor[row + j] = i === j ? Math.sqrt(sum) : sum / factor[other + j]!;
    }
    let sum = slope(a, b, x, free[i]!);
    for (let k = 0; k < i; k++) sum -= factor[row + k]! * step[k]!;
    step[i] = sum / factor[row + i]!;
  }
  for (let i = m - 1; i >= 0; i--) {
    let sum = step[i]!;
    for (let k = i + 1; k < m; k++) sum -= factor[k * m + i]! * step[k]!;
    step[i] = sum / factor[i * m + i]!;
  }
}
