/**
 * @file Moves the inner edges of the lips exactly to those in the photo. Landmarks are only accurate to a pixel or two.
 * If the seam of a closed mouth missed the dark line between the lips, that line would stay on one lip when the mouth
 * opens; if the edge of an open lip missed the teeth, teeth would stay on the lip when it closes.
 *
 * Each line is the path of least cost near the fitted one, by dynamic programming as in seam carving (Avidan & Shamir,
 * 2007). The cost is brightness for a closed mouth. For an open one, it is low where one side of the line looks like
 * lip and the other does not.
 */

import { type FaceModel, withExpression } from '../../../weights/face-model';
import { project } from '../../../portrait-bundle/pose';
import type { FaceFit } from '../../fit/face-fit';
import { luma } from '../../../core/luma';
import { type RgbaImage, sampleBilinear } from '../../../core/rgba-image';
import { faceTopology } from '../../mesh/face-topology';
import { gapAt, materialCoordinate, pathCoordinates, pathPoint } from '../../mesh/ring-gaps';
import { smoothstep } from '../../../core/smooth';

/** The line is searched this far above and below the fitted one, in this many steps. */
const REACH_IOD = 0.03;
const STEPS = 12;
/** Number of columns from corner to corner. */
const COLUMNS = 33;
/** The corners do not move; the shift increases from 0 over this fraction of the mouth's width. */
const TAPER_U = 0.15;
/**
 * Costs in levels of brightness: of a step between neighbouring columns, and of the largest distance from the fit. Both
 * grow quadratically.
 */
const STEP_COST = 4;
const DISTANCE_COST = 12;
/**
 * For the edge of an open lip, pixels at this distance on both sides are compared with the colour of the lip, sampled
 * further out.
 */
const EDGE_IOD = 0.008;
const LIP_SAMPLE_IOD = [0.03, 0.045] as const;
/**
 * Value of a level of contrast, the largest contrast that counts, and the costs of the largest distance from the fit.
 * The cost is much higher towards the inside of the mouth, because teeth on a lip are visible but a rim of lip on the
 * teeth is not.
 */
const EDGE_WORTH = 0.5;
const MAX_CONTRAST = 70;
const EDGE_DISTANCE_COST = 40;
const INWARD_COST = 150;
/** Pixels at the edge are partly teeth, so the edge is moved outwards by this much. */
const EDGE_MARGIN_IOD = 0.007;

/** Aligns the lips. @returns the fit with the inner edges of the lips on those of the photo */
export function alignSeam(model: FaceModel, fit: FaceFit, photo: RgbaImage): FaceFit {
  const { gaps } = faceTopology(model);
  const { upper, lower } = gaps.pairs[0];
  const pixels = project(fit.pose, withExpression(model, fit.vertices, fit.expression));
  const down = downwards(fit);
  const line = (path: Uint32Array): Line => pathInPhoto(model, path, pixels);
  const edge = (path: Uint32Array, outwards: 1 | -1): Float32Array =>
    cheapestPath(line(path), down, lipEdge(photo, line(path), [outwards * down[0], outwards * down[1]])).map(
      (shift, k) => shift + outwards * EDGE_MARGIN_IOD * cornerTaper(k / (COLUMNS - 1)),
    );
  const seam = fit.mouthClosed ? cheapestPath(line(upper), down, darkness(photo)) : null;
  const shifts = [seam ?? edge(upper, -1), seam ?? edge(lower, 1)] as const;

  const vertices = fit.vertices.slice();
  const last = gaps.offsets[1] - 1;
  gaps.weight.forEach((weight, v) => {
    if (weight === 0 || gaps.coord[v]! > last) return;
    const side = weight < 0 ? 0 : 1;
    const share = materialCoordinate(model, upper, v);
    // The falloff of the gap field, without the shares of upper and lower lip.
    const falloff = Math.abs(weight) / gaps.lipShares[side];
    vertices[3 * v + 1] = vertices[3 * v + 1]! + falloff * gapAt(shifts[side], share * (COLUMNS - 1));
  });
  return { ...fit, vertices };
}

/** Point in the photo at a material coordinate from corner to corner, px. */
type Line = (share: number) => [number, number];

function pathInPhoto(model: FaceModel, path: Uint32Array, pixels: Float32Array): Line {
  const coordinates = pathCoordinates(model, path);
  return (share) => {
    const { a, b, t } = pathPoint(path, coordinates, share);
    return [pixels[2 * a]! * (1 - t) + pixels[2 * b]! * t, pixels[2 * a + 1]! * (1 - t) + pixels[2 * b + 1]! * t];
  };
}

/** 0 at the corners, which do not move, 1 in the middle. */
function cornerTaper(share: number): number {
  return smoothstep(0, TAPER_U, Math.min(share, 1 - share));
}

/** Direction of canonical y in the photo, px per IOD. */
function downwards(fit: FaceFit): [number, number] {
  return [fit.pose.scale * fit.pose.rotation[3]!, fit.pose.scale * fit.pose.rotation[4]!];
}

/**
 * Cost of a line through a pixel, and of its distance from the fit.
 *
 * @param step signed fraction of REACH_IOD, positive downwards
 */
type Cost = { at: (px: number, py: number) => number; distance: (step: number) => number };

/** Cost for a closed mouth: the line between the lips is dark. */
function darkness(photo: RgbaImage): Cost {
  return {
    at: (px, py) => luma(...sample(photo, px, py)),
    distance: (step) => DISTANCE_COST * step * step,
  };
}

/**
 * Cost for the edge of an open lip: lip outside, something else inside.
 *
 * @param outwards direction of the lip, px per IOD
 */
function lipEdge(photo: RgbaImage, line: Line, outwards: [number, number]): Cost {
  const at = (px: number, py: number, iod: number): [number, number, number] =>
    sample(photo, px + iod * outwards[0], py + iod * outwards[1]);
  // Only the middle half of the lip, because the corners are in shadow.
  const seen = Array.from({ length: COLUMNS >> 1 }, (_, k) => line(0.25 + k / COLUMNS)).flatMap(([px, py]) =>
    LIP_SAMPLE_IOD.map((iod) => at(px, py, iod)),
  );
  const lip = [0, 1, 2].map((c) => seen.map((colour) => colour[c]!).toSorted((a, b) => a - b)[seen.length >> 1]!);
  const lipDistance = (colour: number[]): number => Math.hypot(...colour.map((value, c) => value - lip[c]!));
  return {
    at: (px, py) => {
      const contrast = lipDistance(at(px, py, -EDGE_IOD)) - lipDistance(at(px, py, EDGE_IOD));
      return -EDGE_WORTH * Math.min(MAX_CONTRAST, Math.max(-MAX_CONTRAST, contrast));
    },
    distance: (step) => (step * outwards[1] < 0 ? INWARD_COST : EDGE_DISTANCE_COST) * step * step,
  };
}

/** The path of least cost: shift of every column along canonical y, IOD, f32[COLUMNS]. */
function cheapestPath(line: Line, down: [number, number], cost: Cost): Float32Array {
  const choices = 2 * STEPS + 1;
  const total = new Float64Array(COLUMNS * choices);
  const from = new Int8Array(COLUMNS * choices);
  for (let k = 0; k < COLUMNS; k++) {
    const share = k / (COLUMNS - 1);
    const taper = cornerTaper(share);
    const [px, py] = line(share);
    for (let j = 0; j < choices; j++) {
      const step = (j - STEPS) / STEPS;
      const offset = step * REACH_IOD;
      let own = taper * cost.at(px + offset * down[0], py + offset * down[1]) + cost.distance(step);
      if (taper === 0 && j !== STEPS) own = Infinity;
      let best = k === 0 ? 0 : Infinity;
      if (k > 0) {
        for (let d = -2; d <= 2; d++) {
          const before = j + d;
          if (before < 0 || before >= choices) continue;
          const candidate = total[(k - 1) * choices + before]! + STEP_COST * d * d;
          if (candidate < best) {
            best = candidate;
            from[k * choices + j] = d;
          }
        }
      }
      total[k * choices + j] = best + own;
    }
  }
  const shift = new Float32Array(COLUMNS);
  for (let k = COLUMNS - 1, j = STEPS; k >= 0; k--) {
    shift[k] = ((j - STEPS) / STEPS) * REACH_IOD;
    j += from[k * choices + j]!;
  }
  // Smoothed, because the search moves in discrete steps.
  return shift.map((s, k) =>
    k === 0 || k === COLUMNS - 1 ? s : 0.25 * shift[k - 1]! + 0.5 * s + 0.25 * shift[k + 1]!,
  );
}

/** Interpolated colour of the photo, 0 ... 255. */
function sample(photo: RgbaImage, px: number, py: number): [number, number, number] {
  return [0, 1, 2].map((c) => sampleBilinear(photo, px, py, (data, offset) => data[offset + c]!)) as [
    number,
    number,
    number,
  ];
}
