/**
 * @file Puts the seam of a closed mouth where the photo has it. Landmarks find the line between the lips to a pixel or two;
 * a seam beside the dark line would leave that line on one of the lips when the mouth opens. The line is the path of least
 * brightness near the fitted seam (dynamic programming, as in seam carving: Avidan & Shamir, 2007).
 */

import type { FaceModel } from '../../weights/face-model.ts';
import { withExpression } from '../../weights/face-model.ts';
import { project } from '../fit/pose.ts';
import type { FaceFit, RgbaImage } from '../portrait-bundle.ts';
import { faceTopology } from './face-topology.ts';
import { smoothstep } from './smooth.ts';

/** The line is looked for this far above and below the fitted seam, in steps. */
const REACH_IOD = 0.03;
const STEPS = 12;
/** Columns from corner to corner. */
const COLUMNS = 33;
/** The corners stay: the shift grows from 0 over this share of the mouth's width. */
const TAPER_U = 0.15;
/** Price of a step between neighbouring columns, and of leaving the fit, in levels of brightness. */
const STEP_PRICE = 4;
const DISTANCE_PRICE = 12;

/**
 * @param fit of a closed mouth
 * @returns the fit with lips moved onto the line; the fit itself where the mouth is open
 */
export function alignSeam(model: FaceModel, fit: FaceFit, photo: RgbaImage): FaceFit {
  if (!fit.mouthClosed) return fit;
  const { gaps } = faceTopology(model);
  const { upper } = gaps.pairs[0];
  const shown = withExpression(model, fit.vertices, fit.expression);
  const pixels = project(fit.pose, shown);
  const u = pathShare(model, upper);
  const shift = darkestPath(
    photo,
    (share) => {
      let i = 0;
      while (i < upper.length - 2 && u[i + 1]! < share) i++;
      const t = Math.min(1, Math.max(0, (share - u[i]!) / (u[i + 1]! - u[i]! || 1)));
      const [a, b] = [upper[i]!, upper[i + 1]!];
      return [pixels[2 * a]! * (1 - t) + pixels[2 * b]! * t, pixels[2 * a + 1]! * (1 - t) + pixels[2 * b + 1]! * t];
    },
    downwards(fit),
  );

  const vertices = fit.vertices.slice();
  const [x0, x1] = [model.neutral[3 * upper[0]!]!, model.neutral[3 * upper[upper.length - 1]!]!];
  const last = gaps.offsets[1] - 1;
  gaps.weight.forEach((weight, v) => {
    if (weight === 0 || gaps.coord[v]! > last) return;
    const share = Math.min(1, Math.max(0, (model.neutral[3 * v]! - x0) / (x1 - x0)));
    const at = share * (COLUMNS - 1);
    const i = Math.min(COLUMNS - 2, Math.floor(at));
    const here = shift[i]! + (at - i) * (shift[i + 1]! - shift[i]!);
    // Both sides move alike: the falloff of the gap field without its shares.
    const falloff = Math.abs(weight) / (weight < 0 ? gaps.lipShares[0] : gaps.lipShares[1]);
    vertices[3 * v + 1] = vertices[3 * v + 1]! + falloff * here;
  });
  return { ...fit, vertices };
}

/** Material coordinate along a path, 0 ... 1, never falling. */
function pathShare(model: FaceModel, path: Uint32Array): Float32Array {
  const [x0, x1] = [model.neutral[3 * path[0]!]!, model.neutral[3 * path[path.length - 1]!]!];
  let last = 0;
  return Float32Array.from(path, (v) => (last = Math.min(1, Math.max(last, (model.neutral[3 * v]! - x0) / (x1 - x0)))));
}

/** Image direction of canonical y, px per IOD. */
function downwards(fit: FaceFit): [number, number] {
  return [fit.pose.scale * fit.pose.rotation[3]!, fit.pose.scale * fit.pose.rotation[4]!];
}

/** Shift of every column in IOD of canonical y, f32[COLUMNS]. */
function darkestPath(
  photo: RgbaImage,
  seam: (share: number) => [number, number],
  down: [number, number],
): Float32Array {
  const choices = 2 * STEPS + 1;
  const cost = new Float64Array(COLUMNS * choices);
  const from = new Int8Array(COLUMNS * choices);
  for (let k = 0; k < COLUMNS; k++) {
    const share = k / (COLUMNS - 1);
    const taper = smoothstep(0, TAPER_U, Math.min(share, 1 - share));
    const [px, py] = seam(share);
    for (let j = 0; j < choices; j++) {
      const step = (j - STEPS) / STEPS;
      const offset = step * REACH_IOD;
      let own = taper * brightness(photo, px + offset * down[0], py + offset * down[1]) + DISTANCE_PRICE * step * step;
      if (taper === 0 && j !== STEPS) own = Infinity;
      let best = k === 0 ? 0 : Infinity;
      if (k > 0) {
        for (let d = -2; d <= 2; d++) {
          const before = j + d;
          if (before < 0 || before >= choices) continue;
          const total = cost[(k - 1) * choices + before]! + STEP_PRICE * d * d;
          if (total < best) {
            best = total;
            from[k * choices + j] = d;
          }
        }
      }
      cost[k * choices + j] = best + own;
    }
  }
  const shift = new Float32Array(COLUMNS);
  for (let k = COLUMNS - 1, j = STEPS; k >= 0; k--) {
    shift[k] = ((j - STEPS) / STEPS) * REACH_IOD;
    j += from[k * choices + j]!;
  }
  // Steps of the search are not steps of the lip.
  return shift.map((s, k) =>
    k === 0 || k === COLUMNS - 1 ? s : 0.25 * shift[k - 1]! + 0.5 * s + 0.25 * shift[k + 1]!,
  );
}

/** Luma of the photo between pixels, 0 ... 255. */
function brightness(photo: RgbaImage, px: number, py: number): number {
  const x = Math.min(photo.width - 1.001, Math.max(0, px - 0.5));
  const y = Math.min(photo.height - 1.001, Math.max(0, py - 0.5));
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const luma = (a: number, b: number): number => {
    const o = 4 * (Math.min(photo.height - 1, b) * photo.width + Math.min(photo.width - 1, a));
    return 0.299 * photo.data[o]! + 0.587 * photo.data[o + 1]! + 0.114 * photo.data[o + 2]!;
  };
  const [fx, fy] = [x - i, y - j];
  return (
    (luma(i, j) * (1 - fx) + luma(i + 1, j) * fx) * (1 - fy) +
    (luma(i, j + 1) * (1 - fx) + luma(i + 1, j + 1) * fx) * fy
  );
}
