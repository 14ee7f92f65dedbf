/** @file Static vertex attributes and uniforms of the layers that the compositor draws. */
import { StructArray } from '../gpu/struct-layout';
import { MOUTH } from '../kernels/struct-layouts';
import type { PortraitBundle } from '../portrait-bundle/portrait-bundle';

/** Difference between the channels of a tongue from which on a photo counts as fully coloured. */
const COLOURED_TONGUE = 0.3;

/** Numbers (f32) per face vertex in the result of `packFace`. */
export const FACE_ATTRIBUTE_STRIDE = 8;

/** For each face vertex: photo uv, lid uv; alpha, shade, lid mask, lash distance. */
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

/** For each mouth vertex: normal and part (0 socket, 1 tongue and gums, 2 upper teeth, 3 lower teeth). */
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
export function packMouth({ mouth, mesh, photo, lipRing }: PortraitBundle): Float32Array<ArrayBuffer> {
  const triples = (values: Float32Array): Float32Array[] =>
    Array.from({ length: values.length / 3 }, (_, k) => values.subarray(3 * k, 3 * k + 3));
  const tongue = mouth.colours.subarray(3, 6);
  let lipDepth = 0;
  for (const v of lipRing) lipDepth += mesh.rest[3 * v + 2]! / lipRing.length;
  const teeth = mouth.photoTeeth;
  const out = new StructArray(MOUTH);
  out.set(0, {
    light: mouth.light,
    saturation: Math.min(1, (Math.max(...tongue) - Math.min(...tongue)) / COLOURED_TONGUE),
    colours: triples(mouth.colours),
    photoTeeth: teeth ? triples(teeth.strip) : [],
    lipDepth,
    photoTeethPlace: teeth
      ? [
          teeth.offset[0] / photo.width,
          teeth.offset[1] / photo.height,
          teeth.image.width / photo.width,
          teeth.image.height / photo.height,
        ]
      : [],
  });
  return out.data;
}

/** Triangles that fill the lip ring: a strip between upper and lower lip that advances by the shorter step in x. */
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
