/**
 * @file The inside of the mouth: which triangles are drawn, how they are lit. Socket and tongue are dark and blurred by
 * depth, so their meshes are thinned to a subset of vertices, the front teeth to about a pixel of a large picture: small
 * triangles are what a software adapter pays for.
 */

import type { FaceModel, FacePart } from '../../weights/face-model.ts';
import { jawShare } from '../fit/teeth-placement.ts';
import type { RgbaImage } from '../portrait-bundle.ts';
import { clusterTriangles, partTriangles } from './mesh-geometry.ts';

/** Vertices closer together than these become one. */
const SOCKET_CELL_CM = 0.8;
const TONGUE_CELL_CM = 0.6;
const TEETH_CELL_CM = 0.18;
/** Teeth behind the premolars, and what faces the throat, are not seen. */
const TEETH_BACK_Z = -0.98;
/** z of a tooth triangle's normal (the viewer is at -z) beyond which it is never seen. */
const TEETH_FACING_Z = 0.3;
/** Incisors and canines lie before this and keep every vertex: their edges are seen. */
const TEETH_FRONT_Z = -1.13;

export type MouthTriangles = {
  socket: Uint32Array;
  tongue: Uint32Array;
  upperTeeth: Uint32Array;
  lowerTeeth: Uint32Array;
};

const cache = new WeakMap<FaceModel, MouthTriangles>();

/** Triangles to draw, in vertex numbers of the model; the same for every portrait. */
export function mouthTriangles(model: FaceModel): MouthTriangles {
  let triangles = cache.get(model);
  if (!triangles) {
    const { mouth_socket: socket, gums_and_tongue: tongue, teeth } = model.parts;
    const jaw = jawShare(model);
    // Vertices outside a part's own range are its seam with the face: they stay.
    const thin = (part: FacePart, cellCm: number, frontZ = -Infinity): Uint32Array => {
      const [first, end] = part.vertices;
      const own = (v: number): boolean => v >= first && v < end && model.neutral[3 * v + 2]! >= frontZ;
      return clusterTriangles(model.neutral, partTriangles(model.triangles, part.triangles), cellCm / model.iodCm, own);
    };
    const front = (t: Uint32Array, keep: (v: number) => boolean): Uint32Array => {
      const out: number[] = [];
      for (let i = 0; i < t.length; i += 3)
        if (keep(t[i]!) && keep(t[i + 1]!) && keep(t[i + 2]!)) out.push(t[i]!, t[i + 1]!, t[i + 2]!);
      return Uint32Array.from(out);
    };
    const isFront = (v: number): boolean => model.neutral[3 * v + 2]! < TEETH_BACK_Z;
    const allTeeth = facing(model, thin(teeth, TEETH_CELL_CM, TEETH_FRONT_Z));
    triangles = {
      socket: thin(socket, SOCKET_CELL_CM),
      tongue: thin(tongue, TONGUE_CELL_CM),
      upperTeeth: front(allTeeth, (v) => isFront(v) && jaw[v]! < 0.05),
      lowerTeeth: front(allTeeth, (v) => isFront(v) && jaw[v]! >= 0.05),
    };
    cache.set(model, triangles);
  }
  return triangles;
}

/** Triangles whose neutral normal does not point away from the viewer. */
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

/** Landmarks on plain skin: cheeks, forehead, nose bridge. */
const SKIN_LANDMARKS = [50, 280, 151, 9, 205, 425, 101, 330];
/** Skin under white light, r g b, 0 ... 255. */
const REFERENCE_SKIN = [210, 165, 140];
/** Base colours, r g b of 255: socket, tongue and gums, teeth, behind everything. */
const MOUTH_COLOURS = [
  [78, 34, 38],
  [165, 88, 92],
  [234, 222, 203],
  [62, 27, 30],
];

/** f32[4 x 3], 0 ... 1. */
export function mouthColours(): Float32Array {
  return Float32Array.from(MOUTH_COLOURS.flat(), (c) => c / 255);
}

/** Colour of the light on the face, from the skin: f32[3] r g b. */
export function mouthLight(photo: RgbaImage, landmarks: Float32Array): Float32Array {
  const skin = [0, 1, 2].map((c) =>
    median(SKIN_LANDMARKS.map((i) => pixelMean(photo, landmarks[3 * i]!, landmarks[3 * i + 1]!, c))),
  );
  const luma = 0.299 * skin[0]! + 0.587 * skin[1]! + 0.114 * skin[2]!;
  const referenceLuma = 0.299 * REFERENCE_SKIN[0]! + 0.587 * REFERENCE_SKIN[1]! + 0.114 * REFERENCE_SKIN[2]!;
  const level = Math.min(1.05, Math.max(0.3, luma / 190));
  return Float32Array.from(
    skin,
    (s, c) => level * (0.25 + (0.75 * (s / Math.max(luma, 1))) / (REFERENCE_SKIN[c]! / referenceLuma)),
  );
}

function pixelMean(photo: RgbaImage, px: number, py: number, channel: number): number {
  let [sum, n] = [0, 0];
  for (let y = Math.floor(py) - 2; y <= Math.floor(py) + 2; y++) {
    for (let x = Math.floor(px) - 2; x <= Math.floor(px) + 2; x++) {
      if (x < 0 || y < 0 || x >= photo.width || y >= photo.height) continue;
      sum += photo.data[4 * (y * photo.width + x) + channel]!;
      n++;
    }
  }
  return n ? sum / n : 128;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
