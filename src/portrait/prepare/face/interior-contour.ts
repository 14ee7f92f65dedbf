/**
 * @file Distinguishes contours inside the face from its outline. On a turned head, the skin on the ridge of the nose
 * turns away from the viewer like that at the rim of a cheek. But behind the nose lies another part of the face, the
 * far eye or cheek, while behind the rim there is hair or background.
 */
import { type FaceModel, NARROW_FACE_VERTICES, partTriangles } from '../../../weights/face-model';
import { rasterise } from '../../mesh/depth-raster';
import { extentOf } from '../../../core/polygon';
import type { PosedFace } from './posed-face';

const CELL_IOD = 0.01;
/** Points that are tested: at these distances from the vertex, along its normal in the picture. */
const STEPS_IOD = [0.03, 0.06, 0.09, 0.12];
/** Skin that is closer to the viewer than the vertex by more than this is in front of it, not behind. */
const BEFORE_IOD = 0.02;

/**
 * How far each vertex is a contour inside the face.
 *
 * @param scale px per IOD
 * @returns f32[face vertices], 0 ... 1: fraction of the tested points with skin of the narrow face behind the vertex
 */
export function interiorContour(model: FaceModel, posed: PosedFace, scale: number): Float32Array {
  const face = partTriangles(model.triangles, model.parts.face.triangles);
  const narrow: number[] = [];
  for (let t = 0; t < face.length; t += 3) {
    const corners = face.subarray(t, t + 3);
    if (corners.every((v) => v < NARROW_FACE_VERTICES)) narrow.push(...corners);
  }
  // The openings of the eyes count as face.
  for (const ring of [model.rings.eyeLeft, model.rings.eyeRight])
    for (let k = 1; k + 1 < ring.length; k++) narrow.push(ring[0]!, ring[k]!, ring[k + 1]!);
  const pixels = posed.pixels.subarray(0, 2 * NARROW_FACE_VERTICES);
  const [left, top, right, bottom] = extentOf(pixels);
  const cell = CELL_IOD * scale;
  const width = Math.ceil((right - left) / cell);
  const height = Math.ceil((bottom - top) / cell);
  const placed = pixels.map((p, i) => (p - (i % 2 ? top : left)) / cell);
  const raster = rasterise(placed, posed.depth, Uint32Array.from(narrow), width, height);
  // Infinity where there is no skin.
  const skinDepth = (x: number, y: number): number =>
    x >= 0 && y >= 0 && x < width && y < height ? raster.depth[Math.floor(y) * width + Math.floor(x)]! : Infinity;
  return Float32Array.from({ length: model.parts.face.vertices[1] }, (_, v) => {
    const [x, y] = [(posed.pixels[2 * v]! - left) / cell, (posed.pixels[2 * v + 1]! - top) / cell];
    const covered = STEPS_IOD.filter((step) => {
      const [dx, dy] = [(posed.outward[2 * v]! * step) / CELL_IOD, (posed.outward[2 * v + 1]! * step) / CELL_IOD];
      const depth = skinDepth(x + dx, y + dy);
      return depth < Infinity && depth > posed.depth[v]! - BEFORE_IOD;
    });
    return covered.length / STEPS_IOD.length;
  });
}
