/** @file The face layer: the opacity of each vertex over the photo layer, and where it samples the photo. */

import { type FaceModel, NARROW_FACE_VERTICES } from '../../../weights/face-model';
import type { FaceFit } from '../../fit/face-fit';
import { faceTopology } from '../../mesh/face-topology';
import { surfaceDistances } from '../../mesh/surface-distances';
import { type Polygon, signedDistance } from '../../../core/polygon';
import type { PosedFace } from './posed-face';
import { interiorContour } from './interior-contour';
import { smoothstep } from '../../../core/smooth';

/** Distance along the skin, beyond the narrow face, over which the layer fades out. */
const FADE_CM = 1.6;
/**
 * Skin that turns away fades out: range of the cosine to the viewer, at and above the mouth, and at the chin (for a
 * softer jaw line). Skin is half faded where the head could turn by a little more than 15 degrees before its back would
 * show.
 */
const FACING_FADE = [0.18, 0.46] as const;
const FACING_FADE_CHIN = [0.25, 0.6] as const;
/**
 * Below the mouth corners the layer also fades out near the contour of the landmarks; signed distance, negative inside.
 * IOD
 */
const OVAL_FADE = [-0.073, 0.015] as const;
/**
 * Lips, and lids with their fold, stay opaque at any angle: within the first distance fully, beyond the second not at
 * all.
 */
const LIP_EXEMPT_CM = [0.25, 0.6] as const;
const LID_EXEMPT_CM = [1, 1.5] as const;
/**
 * Skin that turns away fades only near the outline: signed distance from the contour of the landmarks, negative inside.
 */
const OUTLINE_IOD = [-0.22, -0.1] as const;
/** Inside of the mouth: shade = exp(-((d - start) / scale)^power), d = distance from the visible skin. */
const SHADE_START_CM = 0.1;
const SHADE_SCALE_CM = 0.9;
const SHADE_POWER = 1.2;
const SHADE_FLOOR = 0.12;

export type FaceLayer = {
  /** f32[face vertices x 2], px. */
  uv: Float32Array;
  /** f32[face vertices]. */
  alpha: Float32Array;
  /** f32[face vertices], 0 ... 1: at the outline of the face, with no other part of the face behind. */
  rim: Float32Array;
  shade: Float32Array;
};

/** Prepares the layer. @param oval contour of the face, px */
export function prepareFaceLayer(model: FaceModel, fit: FaceFit, posed: PosedFace, oval: Polygon): FaceLayer {
  return { ...faceAlpha(model, fit, posed, oval), ...faceColours(model, posed) };
}

function faceAlpha(model: FaceModel, fit: FaceFit, posed: PosedFace, oval: Polygon): Pick<FaceLayer, 'alpha' | 'rim'> {
  const count = model.parts.face.vertices[1];
  const { surface } = faceTopology(model);
  const narrow = Array.from({ length: NARROW_FACE_VERTICES }, (_, v) => v);
  const fade = FADE_CM / model.iodCm;
  const outside = surfaceDistances(model.neutral, surface, narrow, fade).distance;
  const y = (v: number): number => posed.shown[3 * v + 1]!;
  const corners = [model.rings.lipInnerUpper[0]!, model.rings.lipInnerLower[0]!];
  const mouthY = (y(corners[0]!) + y(corners[1]!)) / 2;
  const chinY = Math.max(
    ...Array.from(
      narrow.filter((v) => Math.abs(posed.shown[3 * v]!) < 0.1),
      y,
    ),
  );
  const alpha = new Float32Array(count);
  const rim = new Float32Array(count);
  const interior = interiorContour(model, posed, fit.pose.scale);
  for (let v = 0; v < count; v++) {
    if (!(outside[v]! < fade)) continue;
    const low = smoothstep(mouthY, mouthY + 0.5 * (chinY - mouthY), y(v));
    const [from, to] = [0, 1].map((k) => FACING_FADE[k as 0 | 1] * (1 - low) + FACING_FADE_CHIN[k as 0 | 1] * low) as [
      number,
      number,
    ];
    const [lip, lid] = [posed.lipDistance[v]! * model.iodCm, posed.lidDistance[v]! * model.iodCm];
    const d = signedDistance(oval, posed.pixels[2 * v]!, posed.pixels[2 * v + 1]!) / fit.pose.scale;
    // Nostrils, folds and the ridge of a turned nose turn away too, but other skin of the face is behind them.
    rim[v] = smoothstep(...LID_EXEMPT_CM, lid) * smoothstep(...OUTLINE_IOD, d) * (1 - interior[v]!);
    const outline = smoothstep(...LIP_EXEMPT_CM, lip) * rim[v]!;
    let a = (1 - smoothstep(0, fade, outside[v]!)) * (1 - outline * (1 - smoothstep(from, to, posed.facing[v]!)));
    const below = smoothstep(mouthY - 0.05, mouthY + 0.1, y(v));
    a *= 1 - below * smoothstep(OVAL_FADE[0], OVAL_FADE[1], d);
    alpha[v] = a;
  }
  return { alpha, rim };
}

function faceColours(model: FaceModel, posed: PosedFace): { uv: Float32Array; shade: Float32Array } {
  const count = model.parts.face.vertices[1];
  const { surface, mouthInside } = faceTopology(model);
  const seenList: number[] = [];
  posed.seen.forEach((seen, v) => {
    if (seen) seenList.push(v);
  });
  const near = surfaceDistances(model.neutral, surface, seenList);
  const uv = posed.pixels.slice(0, 2 * count);
  const shade = new Float32Array(count).fill(1);
  for (let v = 0; v < count; v++) {
    if (posed.seen[v]) continue;
    const source = near.nearest[v]!;
    if (source < 0) continue;
    uv[2 * v] = posed.pixels[2 * source]!;
    uv[2 * v + 1] = posed.pixels[2 * source + 1]!;
    if (!mouthInside[v]) continue;
    const d = Math.max(0, near.distance[v]! * model.iodCm - SHADE_START_CM);
    shade[v] = Math.max(SHADE_FLOOR, Math.exp(-((d / SHADE_SCALE_CM) ** SHADE_POWER)));
  }
  return { uv, shade };
}
