/** @file How the portrait is cropped. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TalkingPortraitError } from '../../../../src/errors';
import { cutPortrait, portraitCrop } from '../../../../src/portrait/analysis/portrait-crop';
import { paint } from './pictures';

/** Landmarks of a face of the given height (hairline to chin) around a centre. */
function faceAt(centreX: number, centreY: number, height: number): Float32Array {
  const landmarks = new Float32Array(478 * 3);
  for (let i = 0; i < 478; i++) landmarks.set([centreX, centreY, 0], 3 * i);
  landmarks.set([centreX, centreY - height / 2], 3 * 10);
  landmarks.set([centreX, centreY + height / 2], 3 * 152);
  landmarks.set([centreX - 0.4 * height, centreY], 3 * 234);
  landmarks.set([centreX + 0.4 * height, centreY], 3 * 454);
  return landmarks;
}

describe('portraitCrop', () => {
  test('gives the face 40 % of the height if there is room', () => {
    const { square, size, continued, soft } = portraitCrop(faceAt(1000, 800, 240), 2000, 1600);
    expect(square).toEqual({ x: 700, y: 494, width: 600, height: 600 });
    expect(size).toBe(600);
    expect(continued).toBe(false);
    expect(soft).toBe(false);
  });

  test('reduces large pictures to 1024 px and enlarges small ones to 512 px', () => {
    expect(portraitCrop(faceAt(2000, 2000, 1000), 4000, 4000).size).toBe(1024);
    expect(portraitCrop(faceAt(150, 150, 80), 300, 300).size).toBe(512);
  });

  test('moves and shrinks the square before it leaves the picture', () => {
    const corner = portraitCrop(faceAt(120, 130, 200), 1000, 1000);
    expect(corner.square).toEqual({ x: 0, y: 0, width: 500, height: 500 });
    const narrow = portraitCrop(faceAt(200, 500, 200), 400, 1000);
    expect(narrow.square.width).toBe(400);
    expect(narrow.continued).toBe(false);
  });

  test('extends the picture if the face fills it', () => {
    const { square, continued } = portraitCrop(faceAt(150, 150, 270), 300, 300);
    expect(continued).toBe(true);
    expect(square.width).toBe(Math.round(270 / 0.55));
    expect(square.x).toBeLessThanOrEqual(0);
    expect(square.x + square.width).toBeGreaterThanOrEqual(300);
  });

  test('keeps a head that is cut off above at the upper edge', () => {
    const { square, continued } = portraitCrop(faceAt(150, 120, 250), 300, 300);
    expect(continued).toBe(true);
    expect(square.y).toBe(0);
    expect(square.height).toBeGreaterThan(300);
  });

  test('rejects a face of too few pixels with a remedy and marks a face of few pixels', () => {
    expect(() => portraitCrop(faceAt(100, 100, 40), 200, 200)).toThrow(TalkingPortraitError);
    expect(() => portraitCrop(faceAt(100, 100, 40), 200, 200)).toThrow(/40 px/);
    expect(() => portraitCrop(new Float32Array(478 * 3).fill(Number.NaN), 200, 200)).toThrow(TalkingPortraitError);
    expect(portraitCrop(faceAt(100, 100, 60), 200, 200).soft).toBe(true);
  });

  test('keeps, on each axis, the square inside the picture or the picture inside the square', () => {
    const number = (min: number, max: number) => fc.integer({ min, max });
    fc.assert(
      fc.property(
        number(64, 3000),
        number(64, 3000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        number(50, 900),
        (width, height, u, v, face) => {
          const { square, size } = portraitCrop(faceAt(u * width, v * height, face), width, height);
          for (const [start, length] of [
            [square.x, width],
            [square.y, height],
          ] as const) {
            const insidePicture = start >= 0 && start + square.width <= length;
            const holdsPicture = start <= 0 && start + square.width >= length;
            expect(insidePicture || holdsPicture).toBe(true);
          }
          expect(face / square.width).toBeLessThanOrEqual(0.56);
          expect(size).toBeGreaterThanOrEqual(512);
          expect(size).toBeLessThanOrEqual(1024);
        },
      ),
    );
  });
});

describe('cutPortrait', () => {
  test('keeps the pixels of the picture if no resampling is needed', () => {
    const picture = paint(800, 700, (x, y) => [x % 256, y % 256, 7]);
    const crop = portraitCrop(faceAt(400, 350, 240), 800, 700);
    const portrait = cutPortrait(picture, crop);
    expect([portrait.width, portrait.height]).toEqual([600, 600]);
    const from = 4 * (800 * (crop.square.y + 300) + crop.square.x + 200);
    expect([...portrait.data.subarray(4 * (600 * 300 + 200), 4 * (600 * 300 + 201))]).toEqual([
      ...picture.data.subarray(from, from + 4),
    ]);
  });
});
