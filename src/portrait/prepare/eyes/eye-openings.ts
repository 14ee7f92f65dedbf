/** @file The openings between the lids in the photo, as polygons. */

import type { FaceModel } from '../../../weights/face-model';
import { faceTopology } from '../../mesh/face-topology';
import type { Polygon } from '../../../core/polygon';
import type { PosedFace } from '../face/posed-face';

/** Openings of the right and the left eye, px. */
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
