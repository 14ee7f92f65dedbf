/** @file Quarter turns rotate picture and landmarks together until the face is upright. */

import { describe, expect, test } from 'vitest';
import { quarterTurnsToUpright, turnLandmarks, turnPicture } from '../../../../src/portrait/analysis/quarter-turn';
import { paint } from './pictures';

/** Landmarks whose eye line points in a direction, degrees clockwise on the screen. */
function eyesTowards(degrees: number): Float32Array {
  const landmarks = new Float32Array(478 * 3);
  const angle = (degrees * Math.PI) / 180;
  landmarks.set([50 - 20 * Math.cos(angle), 40 - 20 * Math.sin(angle), 1], 3 * 33);
  landmarks.set([50 + 20 * Math.cos(angle), 40 + 20 * Math.sin(angle), 2], 3 * 263);
  return landmarks;
}

describe('quarter turns', () => {
  test.each([
    [0, 0],
    [40, 0],
    [-40, 0],
    [90, 1],
    [180, 2],
    [-90, 3],
    [-170, 2],
  ])('an eye line at %d degrees needs %d', (degrees, turns) => {
    expect(quarterTurnsToUpright(eyesTowards(degrees))).toBe(turns);
  });

  test('make the face upright after the computed number', () => {
    for (const degrees of [70, 100, 179, -95]) {
      let landmarks = eyesTowards(degrees);
      for (let turn = quarterTurnsToUpright(landmarks); turn > 0; turn--) landmarks = turnLandmarks(landmarks, 100);
      expect(quarterTurnsToUpright(landmarks)).toBe(0);
    }
  });

  test('rotate the picture with its landmarks', () => {
    const picture = paint(7, 5, (x, y) => [x * 10, y * 10, 0]);
    const turned = turnPicture(picture);
    expect([turned.width, turned.height]).toEqual([5, 7]);
    const [x, y] = turnLandmarks(new Float32Array([2.5, 3.5, 0]), 7);
    const at = 4 * (Math.floor(y!) * 5 + Math.floor(x!));
    expect([...turned.data.subarray(at, at + 3)]).toEqual([25, 35, 0]);
  });

  test('restore the picture after four', () => {
    const picture = paint(6, 4, (x, y) => [x * 9, y * 9, 50]);
    let turned = picture;
    for (let turn = 0; turn < 4; turn++) turned = turnPicture(turned);
    expect(turned).toEqual(picture);
  });
});
