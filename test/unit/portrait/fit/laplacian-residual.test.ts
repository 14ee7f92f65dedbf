/**
 * @file The smooth residual: the preconditioned solver against plain conjugate gradients that run until convergence.
 */
import { describe, expect, it } from 'vitest';

import { laplacianResidual, type ResidualTargets } from '../../../../src/portrait/fit/laplacian-residual';
import { faceTopology } from '../../../../src/portrait/mesh/face-topology';
import type { Neighbours } from '../../../../src/portrait/mesh/neighbours';
import { faceModel } from '../../../fixtures/synthetic-face';

const LANDMARK_WEIGHT = 0.3;
const SMALLNESS = 0.01;

/** Component c of the solution of (L'L + w^2 S'TS + eps^2) d = w^2 S'T r, without a preconditioner. */
function reference({ start, index }: Neighbours, targets: ResidualTargets, c: number): Float64Array {
  const n = start.length - 1;
  const degree = (v: number): number => start[v + 1]! - start[v]! || 1;
  const neighbours = (v: number): Uint32Array => index.subarray(start[v]!, start[v + 1]!);
  const each = Float64Array.from({ length: n }, (_, v) => v);
  const apply = (d: Float64Array): Float64Array => {
    const l = each.map((v) => d[v]! - neighbours(v).reduce((sum, w) => sum + d[w]!, 0) / degree(v));
    const out = each.map(
      (v) => l[v]! - neighbours(v).reduce((sum, w) => sum + l[w]! / degree(w), 0) + SMALLNESS ** 2 * d[v]!,
    );
    spread(out, (k) => corners(k).reduce((sum, j) => sum + targets.weight[j]! * d[targets.vertex[j]!]!, 0));
    return out;
  };
  const corners = (k: number): number[] => [3 * k, 3 * k + 1, 3 * k + 2];
  const spread = (out: Float64Array, value: (k: number) => number): void => {
    targets.trust.forEach((trust, k) => {
      const x = LANDMARK_WEIGHT ** 2 * trust * value(k);
      for (const j of corners(k)) out[targets.vertex[j]!] = out[targets.vertex[j]!]! + targets.weight[j]! * x;
    });
  };
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
  const d = new Float64Array(n);
  const r = new Float64Array(n);
  spread(r, (k) => targets.offset[2 * k + c]!);
  let p = r.slice();
  let energy = dot(r, r);
  for (const goal = energy * 1e-8; energy > goal;) {
    const image = apply(p);
    const step = energy / dot(p, image);
    for (let k = 0; k < n; k++) {
      d[k] = d[k]! + step * p[k]!;
      r[k] = r[k]! - step * image[k]!;
    }
    const next = dot(r, r);
    p = p.map((x, k) => r[k]! + (next / energy) * x);
    energy = next;
  }
  return d;
}

describe('laplacianResidual', () => {
  it('is within .1 % IOD of the solution on the face', () => {
    const model = faceModel();
    const { skin } = faceTopology(model);
    const { count, vertex, weight, trust } = model.landmarks;
    // A smooth field of a few hundredths IOD, plus noise as of the landmark network.
    const offset = Float64Array.from({ length: 2 * count }, (_, i) => {
      const v = 3 * vertex[3 * (i >> 1)]!;
      const smooth = Math.sin(3 * model.neutral[v]! + (i % 2)) + Math.cos(2 * model.neutral[v + 1]!);
      return 0.02 * smooth + 0.004 * Math.sin(12.9898 * i);
    });
    const targets = { vertex, weight, offset, trust: Float64Array.from(trust) };
    const found = laplacianResidual(skin, targets);
    for (const c of [0, 1]) {
      const wanted = reference(skin, targets, c);
      const [first, end] = model.parts.face.vertices;
      let worst = 0;
      for (let v = first; v < end; v++) worst = Math.max(worst, Math.abs(found[2 * v + c]! - wanted[v]!));
      expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.02);
      expect(worst).toBeLessThan(0.001);
    }
  });
});
