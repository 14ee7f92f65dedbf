/**
 * @file Where the modes of secondary motion move a portrait: one coarse flow field a mode over the photo's grid.
 *
 * Regions are placed by the chin and the head's own axes, in units of the face: no segmentation of hair, jewels and collars
 * is needed, because a field says how loose a place hangs, and what is not there cannot swing.
 */
import type { PhotoGrid, PortraitPose } from '../../../portrait-bundle/portrait-bundle';
import { SECONDARY_MODES, type SecondaryDrive, type SecondaryRegion } from '../../../portrait-bundle/secondary-modes';
import { smoothstep } from '../../../core/smooth';

/** Landmark. */
const CHIN = 152;
/** Fields end here: the tables of the mesh hold no more. */
const MAX_FIELD = 2;
/** The picture's border rests: 0 at the border, 1 from here. */
const BORDER_IOD = 0.4;

type Point = readonly [x: number, y: number, z: number];

type Region = {
  /** How loose a place is, 0 ... 1. @param x to the side of the chin, y below it, along the head's axes, IOD */
  looseness: (x: number, y: number) => number;
  /** It hangs on the head: as much as the grid follows the head there. */
  hangs: boolean;
};

const REGIONS: Record<SecondaryRegion, Region> = {
  /** Larynx and the skin above it. */
  throat: {
    looseness: (x, y) =>
      (1 - smoothstep(0.12, 0.5, Math.abs(x))) * smoothstep(0.02, 0.35, y) * (1 - smoothstep(0.45, 0.9, y)),
    hangs: false,
  },
  /** Shoulders and chest. */
  chest: {
    looseness: (x, y) => smoothstep(0.35, 1, y) * (1 - smoothstep(1.6, 2.4, Math.abs(x))),
    hangs: false,
  },
  /** Neck and clothes, from below the jaw. */
  collar: { looseness: (_, y) => smoothstep(0.1, 0.9, y), hangs: true },
  /** What hangs beside jaw and neck, looser towards its ends. */
  ends: {
    looseness: (x, y) => smoothstep(0.68, 0.95, Math.abs(x)) * smoothstep(-0.9, 0, y) * (1 - smoothstep(0.3, 0.9, y)),
    hangs: true,
  },
};

/** Displacement of a point of the head per radian or IOD of the drive; jaw and breath move up and down. */
const DIRECTION: Record<SecondaryDrive, (p: Point) => readonly [number, number]> = {
  jaw: () => [0, 1],
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
  pose: PortraitPose,
  photo: { width: number; height: number },
  landmarks: Float32Array,
): Float32Array {
  const { columns, rows, canonical, rigid } = grid;
  const count = columns * rows;
  const point = (v: number): Point => [canonical[3 * v]!, canonical[3 * v + 1]!, canonical[3 * v + 2]!];
  const cell = (part: number, cells: number): number =>
    Math.min(cells - 1, Math.max(0, Math.round(part * (cells - 1))));
  const column = cell(landmarks[3 * CHIN]! / photo.width, columns);
  const row = cell(landmarks[3 * CHIN + 1]! / photo.height, rows);
  const chin = point(row * columns + column);
  const inside = (v: number): number => {
    const x = ((v % columns) / (columns - 1)) * photo.width;
    const y = (Math.floor(v / columns) / (rows - 1)) * photo.height;
    return smoothstep(0, BORDER_IOD * pose.scale, Math.min(x, y, photo.width - x, photo.height - y));
  };
  const fields = new Float32Array(SECONDARY_MODES.length * 2 * count);
  SECONDARY_MODES.forEach(({ region, drive }, mode) => {
    const { looseness, hangs } = REGIONS[region];
    for (let v = 0; v < count; v++) {
      const p = point(v);
      const amount = (hangs ? rigid[v]! : inside(v)) * looseness(p[0] - chin[0], p[1] - chin[1]);
      if (amount === 0) continue;
      DIRECTION[drive](p).forEach((d, axis) => {
        fields[2 * (mode * count + v) + axis] = Math.min(MAX_FIELD, Math.max(-MAX_FIELD, amount * d));
      });
    }
  });
  return fields;
}
