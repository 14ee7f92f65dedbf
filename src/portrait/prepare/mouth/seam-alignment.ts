/**
 * @file Puts the lips' inner edges where the photo has them. Landmarks find them to a pixel or two; a seam beside the dark line
 * of a closed mouth would leave that line on one of the lips when it opens, and an edge beside the teeth of an open one would
 * leave teeth on the lip when it closes. Lines are paths of least cost near the fitted ones (dynamic programming, as in seam
 * carving: Avidan & Shamir, 2007): of brightness where lips meet; where they are open, of lip on one side of the line and
 * anything else on the other.
 */

import type { FaceModel } from '../../../weights/face-model';
import { withExpression } from '../../../weights/face-model';
import { project } from '../../../portrait-bundle/pose';
import type { FaceFit, RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { faceTopology } from '../../mesh/face-topology';
import { gapAt } from '../../mesh/ring-gaps';
import { smoothstep } from '../../../core/smooth';

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
/** An open lip's edge: compared this far to both sides with what lies so far out on the lip. */
const EDGE_IOD = 0.008;
const LIP_SAMPLE_IOD = [0.03, 0.045] as const;
/**
 * What a level of contrast is worth, the most that counts, and the price of leaving the fit: much higher into the mouth, for
 * teeth left on a lip are seen, and a lip's rim left on the teeth is not.
 */
const EDGE_WORTH = 0.5;
const MAX_CONTRAST = 70;
const EDGE_DISTANCE_PRICE = 40;
const INWARD_PRICE = 150;
/** Pixels on the edge are half teeth: the lip begins this far outside of it. */
const EDGE_MARGIN_IOD = 0.007;

/** @returns the fit with the lips' inner edges on those of the photo */
export function alignSeam(model: FaceModel, fit: FaceFit, photo: RgbaImage): FaceFit {
  const { gaps } = faceTopology(model);
  const { upper, lower } = gaps.pairs[0];
  const pixels = project(fit.pose, withExpression(model, fit.vertices, fit.expression));
  const down = downwards(fit);
  const line = (path: Uint32Array): Line => pathPoint(model, path, pixels);
  const edge = (path: Uint32Array, outwards: 1 | -1): Float32Array =>
    cheapestPath(line(path), down, lipEdge(photo, line(path), [outwards * down[0], outwards * down[1]])).map(
      (shift, k) => shift + outwards * EDGE_MARGIN_IOD * cornerTaper(k / (COLUMNS - 1)),
    );
  const seam = fit.mouthClosed ? cheapestPath(line(upper), down, darkness(photo)) : null;
  const shifts = [seam ?? edge(upper, -1), seam ?? edge(lower, 1)] as const;

  const vertices = fit.vertices.slice();
  const [x0, x1] = [model.neutral[3 * upper[0]!]!, model.neutral[3 * upper[upper.length - 1]!]!];
  const last = gaps.offsets[1] - 1;
  gaps.weight.forEach((weight, v) => {
    if (weight === 0 || gaps.coord[v]! > last) return;
    const side = weight < 0 ? 0 : 1;
    const share = Math.min(1, Math.max(0, (model.neutral[3 * v]! - x0) / (x1 - x0)));
    // The falloff of the gap field without its shares.
    const falloff = Math.abs(weight) / gaps.lipShares[side];
    vertices[3 * v + 1] = vertices[3 * v + 1]! + falloff * gapAt(shifts[side], share * (COLUMNS - 1));
  });
  return { ...fit, vertices };
}

/** Point at a share of the material coordinate from corner to corner, px. */
type Line = (share: number) => [number, number];

function pathPoint(model: FaceModel, path: Uint32Array, pixels: Float32Array): Line {
  const [x0, x1] = [model.neutral[3 * path[0]!]!, model.neutral[3 * path[path.length - 1]!]!];
  let last = 0;
  const u = Float32Array.from(
    path,
    (v) => (last = Math.min(1, Math.max(last, (model.neutral[3 * v]! - x0) / (x1 - x0)))),
  );
  return (share) => {
    let i = 0;
    while (i < path.length - 2 && u[i + 1]! < share) i++;
    const t = Math.min(1, Math.max(0, (share - u[i]!) / (u[i + 1]! - u[i]! || 1)));
    const [a, b] = [path[i]!, path[i + 1]!];
    return [pixels[2 * a]! * (1 - t) + pixels[2 * b]! * t, pixels[2 * a + 1]! * (1 - t) + pixels[2 * b + 1]! * t];
  };
}

/** The corners stay, 0, and the middle moves, 1. */
function cornerTaper(share: number): number {
  return smoothstep(0, TAPER_U, Math.min(share, 1 - share));
}

/** Image direction of canonical y, px per IOD. */
function downwards(fit: FaceFit): [number, number] {
  return [fit.pose.scale * fit.pose.rotation[3]!, fit.pose.scale * fit.pose.rotation[4]!];
}

/** Price of a line through a pixel, and of its distance from the fit as a share of the reach, down the picture. */
type Cost = { at: (px: number, py: number) => number; distance: (step: number) => number };

/** Where lips meet it is dark. */
function darkness(photo: RgbaImage): Cost {
  return {
    at: (px, py) => {
      const [r, g, b] = sample(photo, px, py);
      return 0.299 * r + 0.587 * g + 0.114 * b;
    },
    distance: (step) => DISTANCE_PRICE * step * step,
  };
}

/** At an open lip's edge there is lip outside and something else inside. @param outwards towards the lip, px per IOD */
function lipEdge(photo: RgbaImage, line: Line, outwards: [number, number]): Cost {
  const at = (px: number, py: number, iod: number): [number, number, number] =>
    sample(photo, px + iod * outwards[0], py + iod * outwards[1]);
  // The middle half of the lip, for corners lie in shadow.
  const seen = Array.from({ length: COLUMNS >> 1 }, (_, k) => line(0.25 + k / COLUMNS)).flatMap(([px, py]) =>
    LIP_SAMPLE_IOD.map((iod) => at(px, py, iod)),
  );
  const lip = [0, 1, 2].map((c) => seen.map((colour) => colour[c]!).toSorted((a, b) => a - b)[seen.length >> 1]!);
  const unlike = (colour: number[]): number => Math.hypot(...colour.map((value, c) => value - lip[c]!));
  return {
    at: (px, py) => {
      const gain = unlike(at(px, py, -EDGE_IOD)) - unlike(at(px, py, EDGE_IOD));
      return -EDGE_WORTH * Math.min(MAX_CONTRAST, Math.max(-MAX_CONTRAST, gain));
    },
    distance: (step) => (step * outwards[1] < 0 ? INWARD_PRICE : EDGE_DISTANCE_PRICE) * step * step,
  };
}

/** Shift of every column in IOD of canonical y, f32[COLUMNS]. */
function cheapestPath(line: Line, down: [number, number], price: Cost): Float32Array {
  const choices = 2 * STEPS + 1;
  const cost = new Float64Array(COLUMNS * choices);
  const from = new Int8Array(COLUMNS * choices);
  for (let k = 0; k < COLUMNS; k++) {
    const share = k / (COLUMNS - 1);
    const taper = cornerTaper(share);
    const [px, py] = line(share);
    for (let j = 0; j < choices; j++) {
      const step = (j - STEPS) / STEPS;
      const offset = step * REACH_IOD;
      let own = taper * price.at(px + offset * down[0], py + offset * down[1]) + price.distance(step);
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

/** Colour of the photo between pixels, 0 ... 255. */
function sample(photo: RgbaImage, px: number, py: number): [number, number, number] {
  const x = Math.min(photo.width - 1.001, Math.max(0, px - 0.5));
  const y = Math.min(photo.height - 1.001, Math.max(0, py - 0.5));
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - i, y - j];
  const at = (a: number, b: number, c: number): number =>
    photo.data[4 * (Math.min(photo.height - 1, b) * photo.width + Math.min(photo.width - 1, a)) + c]!;
  return [0, 1, 2].map(
    (c) =>
      (at(i, j, c) * (1 - fx) + at(i + 1, j, c) * fx) * (1 - fy) +
      (at(i, j + 1, c) * (1 - fx) + at(i + 1, j + 1, c) * fx) * fy,
  ) as [number, number, number];
}
