/** @file Depth of the photo grid: the head model where it is visible, extended to hair and background around it. */

import type { RgbaImage } from '../../../core/rgba-image';
import { gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';
import { type FaceModel, partTriangles } from '../../../weights/face-model';
import { rasterise } from '../../mesh/depth-raster';
import type { PosedFace } from '../face/posed-face';

/** Far from the model, hair and the back of the head are assumed to lie this far behind the face's outline. */
const BACK_DEPTH_CM = 2;
/** Over this distance outside the contour, depth approaches halfway to that of the back. IOD */
const FLATTEN_IOD = 0.66;

/**
 * Depth of the head at every grid vertex.
 *
 * @param distance f32[rows x columns], signed distance from the contour of the face, IOD
 * @returns f32[rows x columns], IOD in camera space
 */
export function gridDepth(
  model: FaceModel,
  posed: PosedFace,
  photo: RgbaImage,
  distance: Float32Array,
  columns: number,
  rows: number,
): Float32Array {
  const { face, head_and_neck: head } = model.parts;
  const skin = partTriangles(model.triangles, [face.triangles[0], head.triangles[1]]);
  // The model's neck would form a second jaw line, so what lies below the ears and behind the jaw is excluded.
  const visible: number[] = [];
  const earY = posed.shown[3 * model.rings.lipOuterUpper[0]! + 1]! - 0.35;
  for (let t = 0; t < skin.length; t += 3) {
    const corners = [skin[t]!, skin[t + 1]!, skin[t + 2]!];
    // Otherwise the back of the head would be visible through the openings of eyes and mouth.
    if (corners.some((v) => posed.facing[v]! <= 0)) continue;
    if (corners.every((v) => v < face.vertices[1]) || corners.every((v) => posed.shown[3 * v + 1]! < earY))
      visible.push(...corners);
  }
  const scale = (columns - 1) / photo.width;
  const raster = rasterise(
    posed.pixels.map((p) => p * scale),
    posed.depth,
    Uint32Array.from(visible),
    columns,
    rows,
  );
  // Grid vertices lie at cell corners but the raster samples cell centres; for depth the difference does not matter.
  const weight = Float32Array.from(raster.depth, (z) => (Number.isFinite(z) ? 1 : 0));
  const filled = pushPull(
    raster.depth.map((z) => (Number.isFinite(z) ? z : 0)),
    weight,
    columns,
    rows,
    1,
  );
  gaussianBlur(filled, columns, rows, 1, 2);
  const outline = filled.filter((_, k) => Math.abs(distance[k]!) < 0.05);
  outline.sort();
  const back = (outline[Math.floor(0.9 * outline.length)] ?? 0) + BACK_DEPTH_CM / model.iodCm;
  return filled.map((z, k) => z + 0.5 * (back - z) * smoothstep(0, FLATTEN_IOD, distance[k]!));
}
