/**
 * @file Keeps the face's outline from standing on edge. A triangle there that is seen almost edge-on turns its back as soon as the
 * head turns a little, and what should hide it has faded out already. Depth is not seen in the photo, so it gives way: along
 * the viewing axis such triangles tilt back towards a slope that survives a turn of the head. The picture at rest stays the same.
 */
import type { FaceModel } from '../../../weights/face-model';
import type { FaceFit } from '../../../portrait-bundle/portrait-bundle';
import type { FaceLayer } from './face-layer';
import { faceTopology } from '../../mesh/face-topology';
import { surfaceDistances } from '../../mesh/mesh-geometry';
import type { PosedFace } from './posed-face';

/** A head that turns this far still shows the front of what is seen in the photo. */
const TURN_DEGREES = 20;
/** IOD of depth per IOD in the picture that a turn survives. */
const STEEPEST = 1 / Math.tan((TURN_DEGREES * Math.PI) / 180);
/** Opacity of the face layer from which on skin counts as seen; fainter skin may turn away. */
const VISIBLE_ALPHA = 0.4;
/** Lips roll in on purpose. */
const LIP_EXEMPT_CM = 0.6;
/** Vertices move as far as they belong to the outline; its neighbours give a little. */
const LEAST_MOBILITY = 0.02;
/** Triangles one after another, each a step towards its limit; a few rounds do, for skin turns smoothly. */
const ROUNDS = 20;

/** Depth over a triangle's place in the picture, corner by corner. */
type Slope = {
  corners: readonly number[];
  mobility: number[];
  /** About the mean, IOD. */
  x: number[];
  y: number[];
  /** Weights of the depths in the gradient, 1 / IOD. */
  gradientX: number[];
  gradientY: number[];
};

/** @returns fit and posed face, vertices at the outline moved along the viewing axis */
export function limitSlopes(
  model: FaceModel,
  fit: FaceFit,
  posed: PosedFace,
  face: FaceLayer,
): { fit: FaceFit; posed: PosedFace } {
  const slopes = outlineSlopes(model, fit, posed, face);
  const depth = Float64Array.from(posed.depth);
  for (let round = 0; round < ROUNDS; round++) for (const slope of slopes) flatten(slope, depth);
  const r = fit.pose.rotation;
  const along = (vertices: Float32Array): Float32Array =>
    vertices.map((x, i) => {
      const v = (i - (i % 3)) / 3;
      return x + (depth[v]! - posed.depth[v]!) * r[3 * (i % 3) + 2]!;
    });
  return {
    fit: { ...fit, vertices: along(fit.vertices) },
    posed: { ...posed, shown: along(posed.shown), depth: Float32Array.from(depth) },
  };
}

/** Drawn triangles at the outline whose front is seen in the photo. */
function outlineSlopes(model: FaceModel, fit: FaceFit, posed: PosedFace, { alpha, rim }: FaceLayer): Slope[] {
  const { thinFace: triangles, surface } = faceTopology(model);
  const { lipInnerUpper, lipInnerLower } = model.rings;
  const reach = LIP_EXEMPT_CM / model.iodCm;
  const lips = surfaceDistances(model.neutral, surface, [...lipInnerUpper, ...lipInnerLower], reach).nearest;
  const slopes: Slope[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!] as const;
    if (corners.every((v) => rim[v] === 0) || corners.some((v) => alpha[v]! < VISIBLE_ALPHA || lips[v]! >= 0)) continue;
    const about = (axis: 0 | 1): number[] => {
      const at = corners.map((v) => posed.pixels[2 * v + axis]! / fit.pose.scale);
      const mean = (at[0]! + at[1]! + at[2]!) / 3;
      return at.map((p) => p - mean);
    };
    const [x, y] = [about(0), about(1)];
    // Twice the area; negative where the front is seen, y down.
    const area = (x[1]! - x[0]!) * (y[2]! - y[0]!) - (x[2]! - x[0]!) * (y[1]! - y[0]!);
    if (area >= 0) continue;
    slopes.push({
      corners,
      mobility: corners.map((v) => Math.max(LEAST_MOBILITY, rim[v]!)),
      x,
      y,
      gradientX: [0, 1, 2].map((k) => (y[(k + 1) % 3]! - y[(k + 2) % 3]!) / area),
      gradientY: [0, 1, 2].map((k) => (x[(k + 2) % 3]! - x[(k + 1) % 3]!) / area),
    });
  }
  return slopes;
}

/** Tilts a triangle that is too steep about its mean, as far as its corners are mobile. */
function flatten({ corners, mobility, x, y, gradientX, gradientY }: Slope, depth: Float64Array): void {
  let [gx, gy] = [0, 0];
  for (let k = 0; k < 3; k++) {
    gx += gradientX[k]! * depth[corners[k]!]!;
    gy += gradientY[k]! * depth[corners[k]!]!;
  }
  const excess = 1 - STEEPEST / Math.hypot(gx, gy);
  if (!(excess > 0)) return;
  for (let k = 0; k < 3; k++)
    depth[corners[k]!] = depth[corners[k]!]! - mobility[k]! * excess * (gx * x[k]! + gy * y[k]!);
}
