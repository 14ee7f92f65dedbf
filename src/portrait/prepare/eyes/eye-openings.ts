/** @file Where the eyes of a photo lie: the openings between the lids as polygons, and pixels round polygons. */

import type { FaceModel } from '../../../weights/face-model';
import { faceTopology } from '../../mesh/face-topology';
import type { Polygon } from '../../mesh/polygon';
import type { PosedFace } from '../face/posed-face';

/** Opening of the right and of the left eye in the photo, px. */
export function eyeOpenings(model: FaceModel, posed: PosedFace): Polygon[] {
  const { pairs } = faceTopology(model).gaps;
  return [pairs[1], pairs[2]].map((pair) =>
    Float32Array.from(
      [...pair.upper, ...pair.lower.slice(1, -1).reverse()].flatMap((v) => [
        posed.pixels[2 * v]!,
        posed.pixels[2 * v + 1]!,
      ]),
    ),
  );
}

/** Whole pixels round polygons, inside the photo: left, top, right, bottom. */
export function boundingBox(
  polygons: Polygon[],
  margin: number,
  photo: { width: number; height: number },
): [number, number, number, number] {
  const sides = [0, 1].map((axis) => polygons.flatMap((p) => Array.from(p).filter((_, i) => i % 2 === axis)));
  const low = sides.map((values) => Math.floor(Math.min(...values) - margin));
  const high = sides.map((values) => Math.ceil(Math.max(...values) + margin));
  const x0 = Math.min(photo.width - 1, Math.max(0, low[0]!));
  const y0 = Math.min(photo.height - 1, Math.max(0, low[1]!));
  return [
    x0,
    y0,
    Math.max(x0 + 1, Math.min(photo.width, high[0]!)),
    Math.max(y0 + 1, Math.min(photo.height, high[1]!)),
  ];
}
