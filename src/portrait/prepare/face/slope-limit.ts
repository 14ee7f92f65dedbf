/**
 * @file Limits the slope of triangles at the outline of the face. A triangle that is seen almost edge-on would show its
 * back as soon as the head turns a little, and the skin that should hide it has faded out. The photo does not determine
 * depth, so vertices are moved along the viewing axis until such triangles are flat enough for a turn of TURN_DEGREES.
 * The rest pose looks the same.
 */
import type { FaceModel } from '../../../weights/face-model';
import type { FaceFit } from '../../fit/face-fit';
import type { FaceLayer } from './face-layer';
import { faceTopology } from '../../mesh/face-topology';
import { surfaceDistances } from '../../mesh/surface-distances';
import type { PosedFace } from './posed-face';

/** After a turn by this much, skin that is visible in the photo must still show its front. */
const TURN_DEGREES = 20;
/** Largest allowed slope: IOD of depth per IOD in the picture. */
const STEEPEST = 1 / Math.tan((TURN_DEGREES * Math.PI) / 180);
/** Skin with a lower opacity in the face layer is hardly visible and may turn away. */
const VISIBLE_ALPHA = 0.4;
/** Lips roll in by design, so triangles this close to their inner edges are not changed. */
const LIP_EXEMPT_CM = 0.6;
/** Mobility of a vertex is how much it belongs to the outline (FaceLayer.rim), and at least this. */
const LEAST_MOBILITY = 0.02;
/** Triangles are corrected one after another, this many times. Skin is smooth, so this is enough. */
const ROUNDS = 20;

/** The gradient of depth over a triangle in the picture, as a linear function of its corners' depths. */
type Slope = {
  corners: readonly number[];
  mobility: number[];
  /** Positions of the corners relative to their mean, IOD. */
  x: number[];
  y: number[];
  /** Weights of the corners' depths in the gradient, 1 / IOD. */
  gradientX: number[];
  gradientY: number[];
};

/** Limits the slopes. @returns fit and posed face with vertices at the outline moved along the viewing axis */
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

/** The drawn triangles at the outline whose front is visible in the photo. */
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
    // Twice the signed area; negative if the front is visible, because y points down.
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

/**
 * Reduces the slope of a triangle to the limit, tilting it about its centre; each corner moves in proportion to its
 * mobility.
 */
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
