/**
 * @file Displaces the mesh smoothly in the image plane so that its landmarks move to their positions in the photo: the
 * part of a face that the statistical model cannot explain. The displacement d minimises
 *
 *   |L d|^2 + w^2 |S d - r|^2 + eps^2 |d|^2,   L d_i = d_i - mean of d over the neighbours of i
 *
 * with r the offsets of the landmarks and S their interpolation on the mesh (Sorkine et al., "Laplacian Surface
 * Editing", 2004). Because it follows the topology of the mesh, it moves upper and lower lip and lids independently;
 * radial basis functions in the plane would not.
 *
 * Solved by conjugate gradients. With D the degrees of the vertices and K = D - adjacency, L'L = K D^-2 K, whose
 * condition number is about that of K squared. The preconditioner is M D^-2 M, where M is an incomplete Cholesky
 * factorisation of K + delta D that changes only the pivots (Meijerink & van der Vorst, "An Iterative Solution Method
 * for Linear Systems of Which the Coefficient Matrix is a Symmetric M-Matrix", 1977). An iteration costs twice as much,
 * but a quarter of the iterations is enough.
 */

import type { Neighbours } from '../mesh/neighbours';

/** w. */
const LANDMARK_WEIGHT = 0.3;
/** eps: makes the displacement vanish far from landmarks (neck, ears). */
const SMALLNESS = 0.01;
/** After this many, the face is within .1 % IOD of the solution. */
const MAX_ITERATIONS = 65;
/** Norm of the residual at which iteration ends, relative to the first. */
const TOLERANCE = 1e-3;
/** delta: approximates the terms in w and eps, which M does not contain. Values from .02 to .1 work. */
const PRECONDITIONER_SHIFT = 0.03;

/** The landmarks: k lies at sum_j weight[3k+j] vertex[3k+j], which are the rows of S. */
export type ResidualTargets = {
  vertex: Uint32Array;
  weight: Float32Array;
  /** f64[n x 2], r: the displacements to reach. */
  offset: Float64Array;
  /** f64[n], >= 0: factors on w^2. */
  trust: Float64Array;
};

/**
 * Computes the displacement.
 *
 * @param neighbours of the first vertices of the mesh; the others are not moved
 * @returns f64[n x 2] for the n vertices of `neighbours`
 */
export function laplacianResidual(neighbours: Neighbours, targets: ResidualTargets): Float64Array {
  const { start, index } = neighbours;
  const n = start.length - 1;
  // Scalars and one access per neighbour: this loop takes a tenth of a portrait's preparation.
  const laplace = new Float64Array(2 * n);
  const shared = new Float64Array(2 * n);
  const share = Float64Array.from({ length: n }, (_, v) => 1 / (start[v + 1]! - start[v]! || 1));
  /** out = (L'L + w^2 S'S + eps^2) d, for both components. */
  const apply = (d: Float64Array, out: Float64Array): void => {
    for (let v = 0; v < n; v++) {
      const end = start[v + 1]!;
      let sx = 0;
      let sy = 0;
      for (let i = start[v]!; i < end; i++) {
        const w = 2 * index[i]!;
        sx += d[w]!;
        sy += d[w + 1]!;
      }
      const own = share[v]!;
      const x = d[2 * v]! - sx * own;
      const y = d[2 * v + 1]! - sy * own;
      laplace[2 * v] = x;
      laplace[2 * v + 1] = y;
      shared[2 * v] = x * own;
      shared[2 * v + 1] = y * own;
    }
    for (let v = 0; v < n; v++) {
      const end = start[v + 1]!;
      let sx = laplace[2 * v]!;
      let sy = laplace[2 * v + 1]!;
      for (let i = start[v]!; i < end; i++) {
        const w = 2 * index[i]!;
        sx -= shared[w]!;
        sy -= shared[w + 1]!;
      }
      out[2 * v] = sx + SMALLNESS ** 2 * d[2 * v]!;
      out[2 * v + 1] = sy + SMALLNESS ** 2 * d[2 * v + 1]!;
    }
    scatter(out, (k, c) => sampleAt(targets, d, k, c));
  };
  /** out += w^2 S' (trust * value). */
  const scatter = (out: Float64Array, value: (k: number, c: number) => number): void => {
    for (let k = 0; k < targets.trust.length; k++) {
      const w2 = LANDMARK_WEIGHT ** 2 * targets.trust[k]!;
      for (let c = 0; c < 2; c++) {
        const x = w2 * value(k, c);
        for (let j = 3 * k; j < 3 * k + 3; j++) {
          const o = 2 * targets.vertex[j]! + c;
          out[o] = out[o]! + targets.weight[j]! * x;
        }
      }
    }
  };

  const pivot = incompletePivots(neighbours);
  const d = new Float64Array(2 * n);
  const residual = new Float64Array(2 * n);
  scatter(residual, (k, c) => targets.offset[2 * k + c]!);
  const goal = dot(residual, residual) * TOLERANCE ** 2;
  const preconditioned = new Float64Array(2 * n);
  precondition(neighbours, pivot, residual, preconditioned);
  const direction = preconditioned.slice();
  const image = new Float64Array(2 * n);
  let energy = dot(residual, preconditioned);
  for (let i = 0; i < MAX_ITERATIONS && dot(residual, residual) > goal; i++) {
    apply(direction, image);
    const step = energy / dot(direction, image);
    for (let k = 0; k < d.length; k++) {
      d[k] = d[k]! + step * direction[k]!;
      residual[k] = residual[k]! - step * image[k]!;
    }
    precondition(neighbours, pivot, residual, preconditioned);
    const next = dot(residual, preconditioned);
    const beta = next / energy;
    for (let k = 0; k < d.length; k++) direction[k] = preconditioned[k]! + beta * direction[k]!;
    energy = next;
  }
  return d;
}

/** The pivots P in M = (P + lower) P^-1 (P + upper), whose off-diagonal elements are -1 as in K: f64[n]. */
function incompletePivots({ start, index }: Neighbours): Float64Array {
  const pivot = new Float64Array(start.length - 1);
  for (let v = 0; v < pivot.length; v++) {
    const end = start[v + 1]!;
    let p = (1 + PRECONDITIONER_SHIFT) * (end - start[v]! || 1);
    for (let i = start[v]!; i < end; i++) if (index[i]! < v) p -= 1 / pivot[index[i]!]!;
    pivot[v] = p;
  }
  return pivot;
}

/** out = M^-1 D^2 M^-1 r, for both components. */
function precondition(neighbours: Neighbours, pivot: Float64Array, r: Float64Array, out: Float64Array): void {
  const { start } = neighbours;
  out.set(r);
  solveIncomplete(neighbours, pivot, out);
  for (let v = 0; v < pivot.length; v++) {
    const degree = start[v + 1]! - start[v]! || 1;
    out[2 * v] = out[2 * v]! * degree * degree;
    out[2 * v + 1] = out[2 * v + 1]! * degree * degree;
  }
  solveIncomplete(neighbours, pivot, out);
}

/** x = M^-1 x, in place: forward substitution with the lower triangle, then back substitution with the upper. */
function solveIncomplete({ start, index }: Neighbours, pivot: Float64Array, x: Float64Array): void {
  const n = pivot.length;
  for (let v = 0; v < n; v++) {
    const end = start[v + 1]!;
    let sx = x[2 * v]!;
    let sy = x[2 * v + 1]!;
    for (let i = start[v]!; i < end; i++) {
      const w = index[i]!;
      if (w > v) continue;
      sx += x[2 * w]!;
      sy += x[2 * w + 1]!;
    }
    x[2 * v] = sx / pivot[v]!;
    x[2 * v + 1] = sy / pivot[v]!;
  }
  for (let v = n - 1; v >= 0; v--) {
    const end = start[v + 1]!;
    let sx = 0;
    let sy = 0;
    for (let i = start[v]!; i < end; i++) {
      const w = index[i]!;
      if (w < v) continue;
      sx += x[2 * w]!;
      sy += x[2 * w + 1]!;
    }
    x[2 * v] = x[2 * v]! + sx / pivot[v]!;
    x[2 * v + 1] = x[2 * v + 1]! + sy / pivot[v]!;
  }
}

/** Component c of (S d)_k. */
function sampleAt(targets: ResidualTargets, d: Float64Array, k: number, c: number): number {
  let sum = 0;
  for (let j = 3 * k; j < 3 * k + 3; j++) sum += targets.weight[j]! * d[2 * targets.vertex[j]! + c]!;
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
