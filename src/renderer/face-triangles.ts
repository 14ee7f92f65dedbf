/**
 * @file Splits the triangles of the face by how they are drawn: opaque ones without blending, lids with a second texture, the soft
 * edge blended and last.
 */
import type { PortraitMesh } from '../portrait-bundle/portrait-bundle';

export type FaceTriangles = {
  /** Opaque, photo only. */
  plain: Uint32Array<ArrayBuffer>;
  /** Opaque, with lid skin. */
  lids: Uint32Array<ArrayBuffer>;
  /** Partly transparent. */
  soft: Uint32Array<ArrayBuffer>;
};

const OPAQUE = 0.999;

/** Triangles that are wholly transparent are in no group. */
export function splitFace(mesh: PortraitMesh): FaceTriangles {
  const groups = { plain: [] as number[], lids: [] as number[], soft: [] as number[] };
  for (let t = 0; t < mesh.faceTriangles.length; t += 3) {
    const corners = [...mesh.faceTriangles.subarray(t, t + 3)];
    const alphas = corners.map((v) => mesh.alpha[v]!);
    if (Math.max(...alphas) <= 0) continue;
    const hasLid = corners.some((v) => mesh.lidMask[v] !== 0);
    groups[Math.min(...alphas) < OPAQUE ? 'soft' : hasLid ? 'lids' : 'plain'].push(...corners);
  }
  return {
    plain: Uint32Array.from(groups.plain),
    lids: Uint32Array.from(groups.lids),
    soft: Uint32Array.from(groups.soft),
  };
}
