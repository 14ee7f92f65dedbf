/**
 * @file The fields of secondary motion: where they move the picture, where they do not, and that they cannot fold it.
 */
import { describe, expect, it } from 'vitest';
import { fitFace } from '../../../../../src/portrait/fit/face-fit';
import { project } from '../../../../../src/portrait-bundle/pose';
import type { PortraitBundle } from '../../../../../src/portrait-bundle/portrait-bundle';
import { preparePortrait } from '../../../../../src/portrait/prepare/prepare-portrait';
import { SECONDARY_MOTION_MODES } from '../../../../../src/portrait-bundle/secondary-motion-modes';
import { faceModel, syntheticFace } from '../../../../fixtures/synthetic-face';

/** Largest distance of the head from the neck joint, IOD. */
const MOST = 4;

/** Matte of a head with a neck in the middle of the picture. */
function portrait(setup: Parameters<typeof syntheticFace>[0]): PortraitBundle {
  const { photo, landmarks, pose } = syntheticFace(setup);
  const [width, height] = [64, 64];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = ((x + 0.5) * photo.width) / width - pose.translation[0];
      const dy = ((y + 0.5) * photo.height) / height - pose.translation[1];
      const head = Math.hypot(dx, dy + pose.scale) < 1.6 * pose.scale;
      const neck = Math.abs(dx) < 0.7 * pose.scale && dy > 0;
      data[y * width + x] = head || neck ? 1 : 0;
    }
  }
  return preparePortrait(
    faceModel(),
    { photo, landmarks, matte: { width, height, data } },
    fitFace(faceModel(), landmarks),
  );
}

describe.each([
  ['frontal', {}],
  ['turned', { yaw: 25, roll: 8 }],
])('secondary motion fields, %s', (_, setup) => {
  const bundle = portrait(setup);
  const { columns, rows, rigid } = bundle.grid;
  const count = columns * rows;
  const field = (mode: number, v: number): [number, number] => [
    bundle.secondary[2 * (mode * count + v)]!,
    bundle.secondary[2 * (mode * count + v) + 1]!,
  ];
  const length = (mode: number, v: number): number => Math.hypot(...field(mode, v));

  it('move something in every mode, but not the border, nor hanging parts more than the grid', () => {
    SECONDARY_MOTION_MODES.forEach(({ lagsBehind }, k) => {
      let most = 0;
      for (let v = 0; v < count; v++) {
        const [i, j] = [v % columns, Math.floor(v / columns)];
        const border = i === 0 || j === 0 || i === columns - 1 || j === rows - 1;
        if (lagsBehind) expect(length(k, v)).toBeLessThanOrEqual(MOST * rigid[v]! + 1e-6);
        else if (border) expect(length(k, v)).toBe(0);
        most = Math.max(most, length(k, v));
      }
      expect(most).toBeGreaterThan(0.02);
      expect(most).toBeLessThanOrEqual(2 * Math.SQRT2);
    });
  });

  it('do not move the middle of the face', () => {
    const model = faceModel();
    const points = [model.rings.lipOuterLower, model.rings.eyeLeft, model.rings.eyeRight].flatMap((ring) => [...ring]);
    const places = project(
      bundle.pose,
      Float32Array.from(points.flatMap((v) => [...model.neutral.subarray(3 * v, 3 * v + 3)])),
    );
    for (let p = 0; p < places.length; p += 2) {
      const i = Math.round((places[p]! / bundle.photo.width) * (columns - 1));
      const j = Math.round((places[p + 1]! / bundle.photo.height) * (rows - 1));
      SECONDARY_MOTION_MODES.forEach((_mode, k) => expect(length(k, j * columns + i)).toBeLessThan(0.02));
    }
  });

  it('do not fold the picture with all modes at twice their limits', () => {
    // A fold needs neighbours that pass each other; the size of a cell is in IOD.
    const [dx, dy] = [bundle.photo.width / (columns - 1), bundle.photo.height / (rows - 1)].map(
      (px) => px / bundle.pose.scale,
    ) as [number, number];
    const step = (v: number, next: number, axis: 0 | 1): number =>
      SECONDARY_MOTION_MODES.reduce(
        (sum, { limitIod }, k) => sum + 2 * limitIod * Math.abs(field(k, next)[axis] - field(k, v)[axis]),
        0,
      );
    let worst = 0;
    for (let j = 0; j < rows - 1; j++) {
      for (let i = 0; i < columns - 1; i++) {
        const v = j * columns + i;
        worst = Math.max(worst, step(v, v + 1, 0) / dx, step(v, v + columns, 1) / dy);
      }
    }
    expect(worst).toBeLessThan(0.9);
  });
});
