import { beforeAll, describe, expect, it } from 'vitest';
import { rotationFromAngles } from '../../../../../src/core/rotation';
import { project } from '../../../../../src/portrait-bundle/pose';
import type { PhotoGrid, PortraitPose } from '../../../../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage, PersonMatte } from '../../../../../src/core/rgba-image';
import { prepareFaceLayer } from '../../../../../src/portrait/prepare/face/face-layer';
import { preparePhotoGrid } from '../../../../../src/portrait/prepare/person/photo-grid';
import { faceOval } from '../../../../../src/portrait/mesh/face-oval';
import { poseFace } from '../../../../../src/portrait/prepare/face/posed-face';
import { faceModel, neutralFit, syntheticFace } from '../../../../fixtures/synthetic-face';

/** Scales, px per IOD: the whole head in the picture, and one with the hair cut off by the upper edge. */
const [WHOLE, CUT] = [110, 160];
const SIDE_PX = 512;
/** Position of the neck joint in the photo, from the synthetic pose. */
const NECK_PX = [256, 330] as const;
const POSES = [15, -15].flatMap((a) => [
  [0, a, 0],
  [(a * 2) / 3, 0, 0],
  [0, 0, a],
  [(a * 2) / 3, a, a],
]) as [number, number, number][];

/** Matte of a head with hair and shoulders. */
function isPerson(scale: number, x: number, y: number): boolean {
  const [dx, dy] = [(x - NECK_PX[0]) / scale, (y - NECK_PX[1]) / scale];
  return Math.hypot(dx / 1.05, (dy + 0.9) / 1.35) < 1 || (dy > 0.5 && Math.abs(dx) < 0.5 + dy);
}

describe.each([WHOLE, CUT])('photo grid, %i px per IOD', (scale) => {
  let grid: PhotoGrid;
  let pose: PortraitPose;
  const at = (k: number): [number, number] => [
    ((k % grid.columns) * SIDE_PX) / (grid.columns - 1),
    (Math.floor(k / grid.columns) * SIDE_PX) / (grid.rows - 1),
  ];
  const near = (x: number, y: number): number =>
    Math.round((y / SIDE_PX) * (grid.rows - 1)) * grid.columns + Math.round((x / SIDE_PX) * (grid.columns - 1));

  beforeAll(() => {
    const model = faceModel();
    const face = syntheticFace({ scale });
    pose = face.pose;
    const fit = neutralFit(pose);
    const photo: RgbaImage = face.photo;
    const posed = poseFace(model, fit, photo);
    const oval = faceOval(face.landmarks);
    const side = 256;
    const matte: PersonMatte = {
      width: side,
      height: side,
      data: Float32Array.from({ length: side * side }, (_, i) =>
        isPerson(scale, ((i % side) + 0.5) * 2, (Math.floor(i / side) + 0.5) * 2) ? 1 : 0,
      ),
    };
    grid = preparePhotoGrid(model, fit, posed, photo, oval, prepareFaceLayer(model, fit, posed, oval).alpha, matte);
  }, 60_000);

  it.runIf(scale === WHOLE)(
    'moves hair with the head and shoulders a little, but neither the far background nor the border',
    () => {
      expect(grid.rigid[near(NECK_PX[0], NECK_PX[1] - 2.1 * scale)]).toBeGreaterThan(0.95);
      expect(grid.rigid[near(NECK_PX[0] + 0.9 * scale, NECK_PX[1] - 1.2 * scale)]).toBeGreaterThan(0.9);
      const shoulder = grid.rigid[near(NECK_PX[0] + 1.2 * scale, NECK_PX[1] + 1.1 * scale)]!;
      expect(shoulder).toBeGreaterThan(0.05);
      expect(shoulder).toBeLessThan(0.15);
      expect(grid.rigid[near(15, 40)]).toBe(0);
      for (let i = 0; i < grid.columns; i++) expect(grid.rigid[(grid.rows - 1) * grid.columns + i]).toBe(0);
    },
  );

  it.each(POSES)('does not fold the person at pitch %f, yaw %f, roll %f', (pitch, yaw, roll) => {
    const r = rotationFromAngles(pitch, yaw, roll);
    const turned = new Float32Array(grid.canonical.length);
    for (let p = 0; p < turned.length; p += 3)
      for (let k = 0; k < 3; k++)
        turned[p + k] =
          grid.canonical[p]! * r[k]! + grid.canonical[p + 1]! * r[3 + k]! + grid.canonical[p + 2]! * r[6 + k]!;
    const [from, to] = [project(pose, grid.canonical), project(pose, turned)];
    const placed = (k: number): [number, number] => {
      const [x, y] = at(k);
      return [
        x + grid.rigid[k]! * (to[2 * k]! - from[2 * k]!),
        y + grid.rigid[k]! * (to[2 * k + 1]! - from[2 * k + 1]!),
      ];
    };
    const cell = SIDE_PX / (grid.columns - 1);
    for (let j = 0; j + 1 < grid.rows; j++)
      for (let i = 0; i + 1 < grid.columns; i++) {
        const k = j * grid.columns + i;
        if (!isPerson(scale, ...at(k)) || !isPerson(scale, ...at(k + grid.columns + 1))) continue;
        const [a, b, c] = [placed(k), placed(k + 1), placed(k + grid.columns)];
        const area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        expect(area / (cell * cell), `${i} ${j}`).toBeGreaterThan(0.05);
      }
  });
});
