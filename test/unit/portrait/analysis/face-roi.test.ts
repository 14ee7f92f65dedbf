/** @file The rotated square of the landmark network, and the transform between crop and picture. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleCrop } from '../../../../src/portrait/analysis/crop-sampler';
import { cropToPicture, roiFromDetection, roiFromLandmarks } from '../../../../src/portrait/analysis/face-roi';
import { paint, spot } from './pictures';

describe('roiFromDetection', () => {
  test('has one and a half times the longer side and rotates with the eyes', () => {
    const keypoints = new Float32Array(12);
    keypoints.set([10, 20, 30, 40]);
    const roi = roiFromDetection({ score: 1, x: 0, y: 10, width: 40, height: 60, keypoints });
    expect(roi).toEqual({ centreX: 20, centreY: 40, size: 90, angle: Math.PI / 4 });
  });
});

describe('roiFromLandmarks', () => {
  test('encloses all points with a margin and rotates with the eye corners', () => {
    const landmarks = new Float32Array(478 * 3).fill(50);
    const put = (index: number, x: number, y: number) => landmarks.set([x, y], 3 * index);
    put(0, 10, 50);
    put(1, 90, 120);
    put(33, 40, 50);
    put(133, 60, 50 + 20 / Math.sqrt(3));
    const roi = roiFromLandmarks(landmarks);
    expect(roi.centreX).toBe(50);
    expect(roi.centreY).toBe(85);
    expect(roi.size).toBe(120);
    expect(roi.angle).toBeCloseTo(Math.PI / 6, 6);
  });
});

/** Centroid of the brightness of a plane, px. */
function brightest(plane: Float32Array, size: number): [number, number] {
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < size * size; i++) {
    sum += plane[i]!;
    x += plane[i]! * ((i % size) + 0.5);
    y += plane[i]! * (Math.floor(i / size) + 0.5);
  }
  return [x / sum, y / sum];
}

describe('sampleCrop and cropToPicture', () => {
  test('agree on the position of a spot, for any rotation and size', () => {
    const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
    const offset = fc.double({ min: -12, max: 12, noNaN: true });
    fc.assert(
      fc.property(angle, fc.double({ min: 60, max: 150, noNaN: true }), offset, offset, (turn, side, dx, dy) => {
        const picture = spot(160, 140, 80 + dx, 70 + dy, 4);
        const roi = { centreX: 80, centreY: 70, size: side, angle: turn };
        const [x, y] = brightest(sampleCrop(picture, roi, 64, 'edge').subarray(0, 64 * 64), 64);
        const back = cropToPicture(new Float32Array([x, y, 3]), roi, 64);
        expect(back[0]).toBeCloseTo(80 + dx, 0.5);
        expect(back[1]).toBeCloseTo(70 + dy, 0.5);
        expect(back[2]).toBeCloseTo((3 * side) / 64, 4);
      }),
      { numRuns: 40 },
    );
  });

  test('copy the pixels into planes if the square has the size of the crop', () => {
    const picture = paint(20, 20, (x, y) => [x * 10, y * 10, 100]);
    const crop = sampleCrop(picture, { centreX: 10, centreY: 10, size: 8, angle: 0 }, 8, 'edge');
    expect(crop[0]).toBeCloseTo(65 / 255, 2);
    expect(crop[7]).toBeCloseTo(135 / 255, 2);
    expect(crop[64]).toBeCloseTo(65 / 255, 2);
    expect(crop[64 + 56]).toBeCloseTo(135 / 255, 2);
    expect(crop[128]).toBeCloseTo(100 / 255, 6);
  });

  test('continue beyond the picture with its edge or with black', () => {
    const picture = paint(10, 10, () => [200, 100, 50]);
    const roi = { centreX: -20, centreY: 5, size: 10, angle: 0 };
    expect(sampleCrop(picture, roi, 4, 'edge')[0]).toBeCloseTo(200 / 255, 6);
    expect(sampleCrop(picture, roi, 4, 'black').every((value) => value === 0)).toBe(true);
  });

  test('average fine texture if the square is much larger than the crop', () => {
    const stripes = paint(256, 256, (x) => (Math.floor(x) % 2 === 0 ? [0, 0, 0] : [255, 255, 255]));
    const crop = sampleCrop(stripes, { centreX: 128, centreY: 128, size: 256, angle: 0 }, 32, 'edge');
    for (const value of crop) expect(Math.abs(value - 0.5)).toBeLessThan(0.02);
  });
});
