/** @file Static vertex attributes and uniforms of the layers that the compositor draws. */
import { type PortraitBundle, PHOTO_TEETH_COLUMNS } from '../portrait-bundle/portrait-bundle';

/** Spread of the channels of a tongue in a photo that has colours. */
const COLOURED_TONGUE = 0.3;

/** f32 a face vertex of `packFace`. */
export const FACE_ATTRIBUTE_STRIDE = 8;

/** A face vertex: photo uv, lid uv; alpha, shade, lid mask, lash distance. */
export function packFace({ mesh, photo, lids }: PortraitBundle): Float32Array<ArrayBuffer> {
  const out = new Float32Array(FACE_ATTRIBUTE_STRIDE * mesh.faceVertexCount);
  for (let v = 0; v < mesh.faceVertexCount; v++) {
    out.set(
      [
        mesh.uv[2 * v]! / photo.width,
        mesh.uv[2 * v + 1]! / photo.height,
        (mesh.lidUv[2 * v]! - lids.offset[0]) / lids.image.width,
        (mesh.lidUv[2 * v + 1]! - lids.offset[1]) / lids.image.height,
        mesh.alpha[v]!,
        mesh.shade[v]!,
        mesh.lidMask[v]!,
        mesh.lashDistance[v]!,
      ],
      FACE_ATTRIBUTE_STRIDE * v,
    );
  }
  return out;
}

/** A mouth vertex: normal and part (0 socket, 1 tongue and gums, 2 upper teeth, 3 lower teeth). */
export function packMouthVertices({ mesh }: PortraitBundle): Float32Array<ArrayBuffer> {
  const count = mesh.source.length - mesh.faceVertexCount;
  const out = new Float32Array(4 * count);
  for (let k = 0; k < count; k++) out.set(mesh.mouthNormal.subarray(3 * k, 3 * k + 3), 4 * k);
  const { tongue, upperTeeth, lowerTeeth } = mesh.mouthGroups;
  for (const [part, range] of [
    [1, tongue],
    [2, upperTeeth],
    [3, lowerTeeth],
  ] as const) {
    for (let i = range[0]; i < range[1]; i++) out[4 * (mesh.mouthTriangles[i]! - mesh.faceVertexCount) + 3] = part;
  }
  return out;
}

/** The struct Mouth of scene.wgsl. */
export function packMouth(portrait: PortraitBundle): Float32Array<ArrayBuffer> {
  const { mouth, mesh, photo } = portrait;
  const out = new Float32Array(4 * (7 + 2 * PHOTO_TEETH_COLUMNS));
  out.set(mouth.light);
  const tongue = mouth.colours.subarray(3, 6);
  out[3] = Math.min(1, (Math.max(...tongue) - Math.min(...tongue)) / COLOURED_TONGUE);
  for (let k = 0; k < 4; k++) {
    out.set(mouth.colours.subarray(3 * k, 3 * k + 3), 4 * (1 + k));
  }
  for (let k = 0; mouth.photoTeeth && k < 2 * PHOTO_TEETH_COLUMNS; k++)
    out.set(mouth.photoTeeth.strip.subarray(3 * k, 3 * k + 3), 4 * (5 + k));
  let depth = 0;
  for (const v of portrait.lipRing) depth += mesh.rest[3 * v + 2]! / portrait.lipRing.length;
  const lips = 4 * (5 + 2 * PHOTO_TEETH_COLUMNS);
  out[lips] = depth;
  if (mouth.photoTeeth) {
    const { offset, image } = mouth.photoTeeth;
    out.set(
      [offset[0] / photo.width, offset[1] / photo.height, image.width / photo.width, image.height / photo.height],
      lips + 4,
    );
  }
  return out;
}

/** Triangles that fill the lip ring: a strip between upper and lower lip, advanced by the shorter step in x. */
export function lipPolygon({ lipRing: ring, lipRingUpperCount, mesh }: PortraitBundle): Uint32Array<ArrayBuffer> {
  const upper = [...ring.subarray(0, lipRingUpperCount)];
  const lower = [...ring.subarray(lipRingUpperCount)].reverse();
  const x = (v: number | undefined): number => (v === undefined ? Infinity : mesh.rest[3 * v]!);
  const indices: number[] = [];
  for (let a = 0, b = 0; a < upper.length - 1 || b < lower.length - 1;) {
    if (b === lower.length - 1 || (a < upper.length - 1 && x(upper[a + 1]) <= x(lower[b + 1]))) {
      indices.push(upper[a]!, lower[b]!, upper[++a]!);
    } else {
      indices.push(upper[a]!, lower[b]!, lower[++b]!);
    }
  }
  return Uint32Array.from(indices);
}
