/** @file The fitted head as in the photo: projected vertices, their visibility, and distances along the skin. */

import { type FaceModel, withExpression, partTriangles } from '../../../weights/face-model';
import { cameraDepth, project } from '../../../portrait-bundle/pose';
import type { FaceFit } from '../../fit/face-fit';
import { rasterise } from '../../mesh/depth-raster';
import { faceTopology } from '../../mesh/face-topology';
import { surfaceDistances } from '../../mesh/surface-distances';
import { vertexNormals } from '../../mesh/vertex-normals';
import { extentOf } from '../../../core/polygon';

/** The depth raster is finer than the photo, because mesh triangles are about the size of a pixel. */
const OVERSAMPLING = 2;
/** A vertex up to this far behind the frontmost surface counts as lying on it. */
const ON_SURFACE_IOD = 0.008;

export type PosedFace = {
  /** f32[V x 3], canonical, with the expression of the photo. */
  shown: Float32Array;
  /** f32[V x 2], px. */
  pixels: Float32Array;
  /** f32[V]: depth in camera space, IOD. */
  depth: Float32Array;
  /** f32[face and head vertices]: cosine between the skin's normal and the viewer. */
  facing: Float32Array;
  /** f32[face and head vertices x 2], unit length: direction of that normal in the picture. */
  outward: Float32Array;
  /** u8[face vertices]: 1 if the vertex or a triangle at it is visible in the photo. */
  seen: Uint8Array;
  /** f32[V]: distance along the skin from the lip rings and from the edges of the lids, IOD. */
  lipDistance: Float32Array;
  lidDistance: Float32Array;
};

/** Poses the fitted head. @param photo its size in px */
export function poseFace(model: FaceModel, fit: FaceFit, photo: { width: number; height: number }): PosedFace {
  const shown = withExpression(model, fit.vertices, fit.expression);
  const pixels = project(fit.pose, shown);
  const depth = cameraDepth(fit.pose, shown);
  const { face, head_and_neck: head } = model.parts;
  const skin = partTriangles(model.triangles, [face.triangles[0], head.triangles[1]]);
  const normals = vertexNormals(shown.subarray(0, 3 * head.vertices[1]), skin);
  const r = fit.pose.rotation;
  const facing = Float32Array.from(
    { length: head.vertices[1] },
    (_, v) => -(normals[3 * v]! * r[2]! + normals[3 * v + 1]! * r[5]! + normals[3 * v + 2]! * r[8]!),
  );

  const outward = new Float32Array(2 * facing.length);
  for (let v = 0; v < facing.length; v++) {
    const [nx, ny, nz] = [normals[3 * v]!, normals[3 * v + 1]!, normals[3 * v + 2]!];
    const [x, y] = [nx * r[0]! + ny * r[3]! + nz * r[6]!, nx * r[1]! + ny * r[4]! + nz * r[7]!];
    const length = Math.hypot(x, y) || 1;
    outward[2 * v] = x / length;
    outward[2 * v + 1] = y / length;
  }

  const { surface, thinFace } = faceTopology(model);
  const seen = seenVertices(pixels.subarray(0, 2 * face.vertices[1]), depth, facing, thinFace, photo);
  const { lipInnerUpper, lipInnerLower, lipOuterUpper, lipOuterLower, eyeLeft, eyeRight } = model.rings;
  const lips = surfaceDistances(
    model.neutral,
    surface,
    [...lipInnerUpper, ...lipInnerLower, ...lipOuterUpper, ...lipOuterLower],
    1,
  );
  const lids = surfaceDistances(model.neutral, surface, [...eyeLeft, ...eyeRight], 1);
  return { shown, pixels, depth, facing, outward, seen, lipDistance: lips.distance, lidDistance: lids.distance };
}

/**
 * The vertices that sample the photo at their own position: all corners of triangles that are visible at any pixel.
 * Only then does the mesh in the rest pose show the photo up to the last pixel of its outline.
 *
 * @param triangles those that are drawn, not the model's smaller ones, because a corner of a large visible triangle may
 *   itself be hidden
 */
function seenVertices(
  pixels: Float32Array,
  depth: Float32Array,
  facing: Float32Array,
  triangles: Uint32Array,
  photo: { width: number; height: number },
): Uint8Array {
  const count = pixels.length / 2;
  // Only the part of the photo that contains the face is rasterised.
  const [left, top, right, bottom] = extentOf(pixels);
  const [x0, y0] = [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top))];
  const width = Math.max(1, Math.min(photo.width, Math.ceil(right)) - x0) * OVERSAMPLING;
  const height = Math.max(1, Math.min(photo.height, Math.ceil(bottom)) - y0) * OVERSAMPLING;
  const placed = pixels.map((p, i) => (p - (i % 2 ? y0 : x0)) * OVERSAMPLING);
  const raster = rasterise(placed, depth, triangles, width, height);
  const inFront = new Uint8Array(count);
  for (let v = 0; v < count; v++) {
    const x = Math.floor(placed[2 * v]!);
    const y = Math.floor(placed[2 * v + 1]!);
    if (facing[v]! <= 0 || x < 0 || y < 0 || x >= raster.width || y >= raster.height) continue;
    inFront[v] = depth[v]! <= raster.depth[y * raster.width + x]! + ON_SURFACE_IOD ? 1 : 0;
  }
  const drawn = new Uint8Array(triangles.length / 3);
  for (let i = 0; i < raster.triangle.length; i++) {
    const t = raster.triangle[i]!;
    if (t >= 0) drawn[t] = 1;
  }
  const seen = new Uint8Array(count);
  for (let t = 0; t < drawn.length; t++) {
    const a = triangles[3 * t]!;
    const b = triangles[3 * t + 1]!;
    const c = triangles[3 * t + 2]!;
    const area =
      (pixels[2 * b]! - pixels[2 * a]!) * (pixels[2 * c + 1]! - pixels[2 * a + 1]!) -
      (pixels[2 * c]! - pixels[2 * a]!) * (pixels[2 * b + 1]! - pixels[2 * a + 1]!);
    if (area >= 0) continue; // back side of the surface; y points down
    if (drawn[t] || inFront[a] || inFront[b] || inFront[c]) seen[a] = seen[b] = seen[c] = 1;
  }
  return seen;
}
