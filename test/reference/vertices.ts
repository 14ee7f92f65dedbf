/** @file Vertices and keypoints in f64 from the dense modes of the face model, without the packed tables that both renderers read. */
import type { PortraitBundle, PortraitMesh, PortraitPose } from '../../src/portrait-bundle/portrait-bundle';
import { correctionAt, type HeadMotion, placeInPhoto, type Point } from '../../src/renderer/cpu/frame-steps';
import type { FaceModel } from '../../src/weights/face-model';

type Vector = ArrayLike<number>;

/** x_d, px of the photo, 21 x 3. @param canonical x_c */
export function placeKeypoints(canonical: readonly Point[], head: HeadMotion, pose: PortraitPose): number[] {
  return canonical.flatMap((p, j) => {
    const placed = placeInPhoto(p, head, pose);
    return placed.map((x, k) => x + pose.scale * head.scale * head.delta[3 * j + k]!);
  });
}

/** rest + sum_e weight_e mode_e(source) of a vertex, canonical. */
function expressedVertex(
  { expressions, vertexCount }: FaceModel,
  { rest, source }: Pick<PortraitMesh, 'rest' | 'source'>,
  v: number,
  weights: Vector,
): Point {
  const { quantised, scale, count } = expressions;
  const p = [...rest.subarray(3 * v, 3 * v + 3)] as Point;
  for (let e = 0; e < count; e++) {
    const at = 3 * (e * vertexCount + source[v]!);
    for (let k = 0; k < 3; k++) p[k]! += weights[e]! * scale[e]! * quantised[at + k]!;
  }
  return p;
}

/** Step 3 without tongue and secondary motion: all vertices of the mesh, canonical, f64[V x 3]. */
export function meshVertices(
  model: FaceModel,
  mesh: Pick<PortraitMesh, 'rest' | 'source' | 'gapCoord' | 'gapWeight'>,
  shown: readonly number[],
  corrections: readonly number[],
): Float64Array {
  const out = new Float64Array(3 * mesh.source.length);
  for (let v = 0; v < mesh.source.length; v++) {
    const p = expressedVertex(model, mesh, v, shown);
    p[1] += mesh.gapWeight[v]! * correctionAt(corrections, mesh.gapCoord[v]!);
    out.set(p, 3 * v);
  }
  return out;
}

/** x_c of the keypoints, with the expression of the photo. */
export function canonicalKeypoints(model: FaceModel, { mesh, expression }: PortraitBundle): Point[] {
  return Array.from(model.keypoints, (vertex) => expressedVertex(model, mesh, mesh.source.indexOf(vertex), expression));
}
