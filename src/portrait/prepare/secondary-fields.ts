/**
 * @file Where the modes of secondary motion move a portrait: one coarse flow field a mode over the photo's grid.
 *
 * Regions are placed by the chin and the head's own axes, in units of the face: no segmentation of hair, jewels and collars
 * is needed, because a field says how loose a place hangs, and what is not there cannot swing.
 */
import type { PhotoGrid } from '../portrait-bundle.ts';
import { SECONDARY_MODES, type SecondaryDrive, type SecondaryRegion } from '../secondary-modes.ts';
import { smoothstep } from './smooth.ts';

/** Landmark. */
const CHIN = 152;
/** Fields end here: the tables of the mesh hold no more. */
const MAX_FIELD = 2;

type Point = readonly [x: number, y: number, z: number];

/**
 * How loose a place is, 0 ... 1. @param x to the side of the chin, y below it, along the head's axes, IOD
 */
const LOOSENESS: Record<SecondaryRegion, (x: number, y: number) => number> = {
  // Larynx and the skin above it; down from the jaw's edge, which the expressions move already.
  throat: (x, y) => (1 - smoothstep(0.25, 0.62, Math.abs(x))) * smoothstep(0, 0.2, y) * (1 - smoothstep(0.5, 0.85, y)),
  // What hangs beside cheeks and neck, looser towards its ends.
  hair: (x, y) => smoothstep(0.65, 0.9, Math.abs(x)) * smoothstep(-1, 0, y) * (1 - smoothstep(0.4, 0.9, y)),
};

/** Displacement of a point of the rigid head by a small motion; the throat goes up and down with the jaw. */
const DIRECTION: Record<SecondaryDrive, (p: Point) => readonly [number, number]> = {
  jaw: () => [0, 1],
  pitch: ([, , z]) => [0, -z],
  yaw: ([, , z]) => [z, 0],
  roll: ([x, y]) => [-y, x],
  x: () => [1, 0],
  y: () => [0, 1],
};

/**
 * @param landmarks f32[n x 3], px
 * @returns f32[modes x grid vertices x 2], see PortraitBundle.secondary
 */
export function secondaryFields(
  grid: PhotoGrid,
  photo: { width: number; height: number },
  landmarks: Float32Array,
): Float32Array {
  const { columns, rows, canonical, rigid } = grid;
  const count = columns * rows;
  const point = (v: number): Point => [canonical[3 * v]!, canonical[3 * v + 1]!, canonical[3 * v + 2]!];
  const column = Math.round((landmarks[3 * CHIN]! / photo.width) * (columns - 1));
  const row = Math.round((landmarks[3 * CHIN + 1]! / photo.height) * (rows - 1));
  const chin = point(Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column)));
  const fields = new Float32Array(SECONDARY_MODES.length * 2 * count);
  SECONDARY_MODES.forEach(({ region, drive }, mode) => {
    for (let v = 0; v < count; v++) {
      const p = point(v);
      // Only what follows the head hangs on it: nothing of the background, nothing at the picture's border.
      const looseness = rigid[v]! * LOOSENESS[region](p[0] - chin[0], p[1] - chin[1]);
      if (looseness === 0) continue;
      DIRECTION[drive](p).forEach((d, axis) => {
        fields[2 * (mode * count + v) + axis] = looseness * Math.min(MAX_FIELD, Math.max(-MAX_FIELD, d));
      });
    }
  });
  return fields;
}
