/**
 * @file Which parts of a portrait the modes of secondary motion move: one displacement field per mode on the photo
 * grid.
 *
 * Regions are defined relative to the chin, along the head's axes, in IOD. Hair, jewellery and collars need no
 * segmentation: a field only says how loosely things hang at a place.
 */
import type { PhotoGrid, PortraitPose } from '../../../portrait-bundle/portrait-bundle';
import {
  SECONDARY_MOTION_MODES,
  type SecondaryDrive,
  type SecondaryRegion,
} from '../../../portrait-bundle/secondary-motion-modes';
import { smoothstep } from '../../../core/smooth';

/** Landmark at the tip of the chin. */
const CHIN = 152;
/** Limit of the fields, which the renderer stores with limited range. */
const MAX_FIELD = 2;
/** Regions that do not hang on the head fade out towards the picture's border over this distance. */
const BORDER_IOD = 0.4;

type Point = readonly [x: number, y: number, z: number];

type Region = {
  /** How loosely things hang, 0 ... 1. @param x sideways from the chin, IOD @param y below the chin, IOD */
  looseness: (x: number, y: number) => number;
  /** Whether the region hangs on the head: then it moves as much as the grid follows the head there. */
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
  /** Neck and clothes, starting below the jaw. */
  collar: { looseness: (_, y) => smoothstep(0.1, 0.9, y), hangs: true },
  /** What hangs beside jaw and neck, looser towards the ends. */
  ends: {
    looseness: (x, y) => smoothstep(0.68, 0.95, Math.abs(x)) * smoothstep(-0.9, 0, y) * (1 - smoothstep(0.3, 0.9, y)),
    hangs: true,
  },
};

/**
 * Displacement (x, y) of a point per unit of the drive, if the point followed the head rigidly. Jaw and breath move it
 * vertically.
 */
const DIRECTION: Record<SecondaryDrive, (p: Point) => readonly [number, number]> = {
  jaw: () => [0, 1],
  yaw: ([, , z]) => [z, 0],
  roll: ([x, y]) => [-y, x],
  x: () => [1, 0],
  y: () => [0, 1],
};

/**
 * The fields of all modes.
 *
 * @param landmarks f32[n x 3], px
 * @returns f32[modes x grid vertices x 2], see PortraitBundle.secondary
 */
export function secondaryMotionFields(
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
  const fields = new Float32Array(SECONDARY_MOTION_MODES.length * 2 * count);
  SECONDARY_MOTION_MODES.forEach(({ region, drive }, mode) => {
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
