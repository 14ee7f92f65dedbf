/**
 * @file The inside of the mouth: which triangles are drawn, how they are lit. Socket and tongue are dark and blurred by
 * depth, so their meshes are thinned to a subset of vertices, the front teeth to about a pixel of a large picture: small
 * triangles are what a software adapter pays for.
 */

import type { FaceModel, FacePart } from '../../../weights/face-model';
import { jawShare } from '../../fit/teeth-placement';
import type { RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { clusterTriangles, partTriangles } from '../../mesh/mesh-geometry';
import { smoothstep } from '../../../core/smooth';

/** Vertices closer together than these become one. */
const SOCKET_CELL_CM = 0.8;
const TONGUE_CELL_CM = 0.6;
const TEETH_CELL_CM = 0.18;
/**
 * Upper teeth behind the premolars, lower teeth behind the canines, and what faces the throat, are not seen: cheeks and
 * lower lip hide them, better than the model's lips do on a turned head.
 */
const UPPER_BACK_Z = -0.98;
const LOWER_BACK_Z = -1.13;
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
    const isBefore = (v: number, z: number): boolean => model.neutral[3 * v + 2]! < z;
    const allTeeth = facing(model, thin(teeth, TEETH_CELL_CM, TEETH_FRONT_Z));
    triangles = {
      socket: thin(socket, SOCKET_CELL_CM),
      tongue: thin(tongue, TONGUE_CELL_CM),
      upperTeeth: front(allTeeth, (v) => jaw[v]! < 0.05 && isBefore(v, UPPER_BACK_Z)),
      lowerTeeth: front(allTeeth, (v) => jaw[v]! >= 0.05 && isBefore(v, LOWER_BACK_Z)),
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
/** Landmarks on the red of the lips. */
const LIP_LANDMARKS = [0, 37, 267, 17, 84, 314, 181, 405];
/** Skin under white light, r g b, 0 ... 255. */
const REFERENCE_SKIN = [210, 165, 140];
/** Base colours, r g b of 255: socket, tongue and gums, teeth, behind everything. */
const MOUTH_COLOURS = [
  [84, 32, 34],
  [178, 94, 94],
  [232, 222, 206],
  [34, 14, 16],
];
/** How much of the skin's colour is the light's: skins differ too, and pale ones are no blue light. */
const LIGHT_SHARE = 0.5;
/** Most blue, and most red, that a light is taken to have against green. */
const COOLEST = [1, 1.04] as const;
const WARMEST = 1.4;
/** Chroma (largest minus smallest channel over luma) of skin and lips below which a photo is grey, above which in colour. */
const GREY_CHROMA = [0.06, 0.2] as const;

/** Colour of the mouth. `light`: f32[3] r g b of the light on the face; `colours`: f32[4 x 3], 0 ... 1. */
export type MouthColours = { light: Float32Array; colours: Float32Array };

/** Light from the skin; a photo without colour has a mouth without colour. @param landmarks f32[n x 3], px */
export function mouthColours(photo: RgbaImage, landmarks: Float32Array): MouthColours {
  const medianOf = (points: number[]): number[] =>
    [0, 1, 2].map((c) => median(points.map((i) => pixelMean(photo, landmarks[3 * i]!, landmarks[3 * i + 1]!, c))));
  const skin = medianOf(SKIN_LANDMARKS);
  const colour = smoothstep(
    GREY_CHROMA[0],
    GREY_CHROMA[1],
    Math.max(...[skin, medianOf(LIP_LANDMARKS)].map((c) => (Math.max(...c) - Math.min(...c)) / Math.max(luma(c), 1))),
  );
  const level = Math.min(1.05, Math.max(0.3, (luma(skin) / 190) ** 0.8));
  const tint = skin.map(
    (s, c) => (Math.max(s, 1) / Math.max(luma(skin), 1) / (REFERENCE_SKIN[c]! / luma(REFERENCE_SKIN))) ** LIGHT_SHARE,
  );
  const green = tint[1]!;
  const red = Math.min(WARMEST, Math.max(COOLEST[0], tint[0]! / green));
  const blue = Math.min(COOLEST[1], tint[2]! / green);
  const warm = [red, 1, blue].map((t) => t / luma([red, 1, blue]));
  return {
    light: Float32Array.from(warm, (t) => level * (1 + colour * (t - 1))),
    colours: Float32Array.from(
      MOUTH_COLOURS.flatMap((base) => base.map((b) => (luma(base) + colour * (b - luma(base))) / 255)),
    ),
  };
}

function luma(c: readonly number[]): number {
  return 0.299 * c[0]! + 0.587 * c[1]! + 0.114 * c[2]!;
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
