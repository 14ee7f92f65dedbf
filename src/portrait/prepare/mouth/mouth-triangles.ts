/**
 * @file The triangles of the mouth interior. Socket and tongue are dark, so their meshes are simplified strongly; teeth
 * are simplified to about a pixel of a large picture. This matters on software adapters, where small triangles are
 * slow.
 */

import { type FaceModel, type FacePart, partTriangles } from '../../../weights/face-model';
import { jawShare } from '../../fit/teeth-placement';
import { clusterTriangles } from '../../mesh/triangle-clustering';

/** Cell sizes within which vertices are merged. */
const SOCKET_CELL_CM = 0.8;
const TONGUE_CELL_CM = 0.6;
const TEETH_CELL_CM = 0.18;
/**
 * Upper teeth behind the premolars and lower teeth behind the canines are left out: cheeks and lower lip hide them in
 * reality, but on a turned head the model's lips do not always. Canonical z
 */
const UPPER_BACK_Z = -0.98;
const LOWER_BACK_Z = -1.13;
/** Triangles of teeth whose normal has a larger z face the throat and are never visible (the viewer is at -z). */
const TEETH_FACING_Z = 0.3;
/** Incisors and canines, in front of this z, keep every vertex, because their edges are visible. */
const TEETH_FRONT_Z = -1.13;

/** u32[3 n] each, in vertices of the face model. */
export type MouthTriangles = {
  socket: Uint32Array;
  tongue: Uint32Array;
  upperTeeth: Uint32Array;
  lowerTeeth: Uint32Array;
};

const cache = new WeakMap<FaceModel, MouthTriangles>();

/** The triangles to draw; the same for every portrait, computed once per model. */
export function mouthTriangles(model: FaceModel): MouthTriangles {
  let triangles = cache.get(model);
  if (!triangles) {
    const { mouth_socket: socket, gums_and_tongue: tongue, teeth } = model.parts;
    const jaw = jawShare(model);
    // Vertices outside the part's own range form its seam with the face; they are kept.
    const thin = (part: FacePart, cellCm: number, frontZ = -Infinity): Uint32Array => {
      const [first, end] = part.vertices;
      const own = (v: number): boolean => v >= first && v < end && model.neutral[3 * v + 2]! >= frontZ;
      return clusterTriangles(model.neutral, partTriangles(model.triangles, part.triangles), cellCm / model.iodCm, own);
    };
    const select = (t: Uint32Array, keep: (v: number) => boolean): Uint32Array => {
      const out: number[] = [];
      for (let i = 0; i < t.length; i += 3)
        if (keep(t[i]!) && keep(t[i + 1]!) && keep(t[i + 2]!)) out.push(t[i]!, t[i + 1]!, t[i + 2]!);
      return Uint32Array.from(out);
    };
    const isInFront = (v: number, z: number): boolean => model.neutral[3 * v + 2]! < z;
    const allTeeth = facing(model, thin(teeth, TEETH_CELL_CM, TEETH_FRONT_Z));
    triangles = {
      socket: thin(socket, SOCKET_CELL_CM),
      tongue: thin(tongue, TONGUE_CELL_CM),
      upperTeeth: select(allTeeth, (v) => jaw[v]! < 0.05 && isInFront(v, UPPER_BACK_Z)),
      lowerTeeth: select(allTeeth, (v) => jaw[v]! >= 0.05 && isInFront(v, LOWER_BACK_Z)),
    };
    cache.set(model, triangles);
  }
  return triangles;
}

/** The triangles that do not face the throat in the neutral model. */
function facing(model: FaceModel, triangles: Uint32Array): Uint32Array {
  const out: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!] as const;
    const [a, b, c] = corners.map((v) => model.neutral.subarray(3 * v, 3 * v + 3)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const edge = (p: Float32Array, k: number): number => p[k]! - a[k]!;
    const cross = (i: number, j: number): number => edge(b, i) * edge(c, j) - edge(b, j) * edge(c, i);
    const [x, y, z] = [cross(1, 2), cross(2, 0), cross(0, 1)];
    if (z <= TEETH_FACING_Z * Math.hypot(x, y, z)) out.push(...corners);
  }
  return Uint32Array.from(out);
}
