/** @file Anchors, decoding, suppression and search squares of the face detector against values computed by hand. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  boxOverlap,
  decodeDetections,
  type FaceDetection,
  faceAnchors,
  searchRegions,
  suppressNonMaxima,
} from '../../../../src/portrait/analysis/face-detector';

function face(x: number, y: number, size: number, score: number): FaceDetection {
  return { score, x, y, width: size, height: size, keypoints: new Float32Array(12).fill(x) };
}

describe('anchors', () => {
  const anchors = faceAnchors();

  test('are 512 on the fine map, two per cell, then 384 on the coarse map, six per cell', () => {
    expect(anchors).toHaveLength(2 * 896);
    expect([...anchors.subarray(0, 6)]).toEqual([1 / 32, 1 / 32, 1 / 32, 1 / 32, 3 / 32, 1 / 32]);
    expect([...anchors.subarray(2 * 511, 2 * 512)]).toEqual([31 / 32, 31 / 32]);
    expect([...anchors.subarray(2 * 512, 2 * 513)]).toEqual([1 / 16, 1 / 16]);
    expect([...anchors.subarray(2 * 517, 2 * 519)]).toEqual([1 / 16, 1 / 16, 3 / 16, 1 / 16]);
  });

  test('are placed symmetrically', () => {
    const mean = anchors.reduce((sum, value) => sum + value, 0) / anchors.length;
    expect(mean).toBeCloseTo(0.5, 6);
  });
});

describe('decoding', () => {
  test('gives a box and its keypoints in px of the picture', () => {
    const regressors = new Float32Array(896 * 16);
    const logits = new Float32Array(896).fill(-10);
    logits[600] = 2;
    regressors.set([12.8, -6.4, 32, 64, 1.28, 2.56], 600 * 16); // px of the 128 px input
    const anchors = faceAnchors();
    const found = decodeDetections(regressors, logits, anchors, { x: 100, y: 50, size: 1280 });
    expect(found).toHaveLength(1);
    const [x, y] = [100 + 1280 * anchors[1200]!, 50 + 1280 * anchors[1201]!];
    expect(found[0]!.score).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
    expect(found[0]!.width).toBeCloseTo(320, 3);
    expect(found[0]!.height).toBeCloseTo(640, 3);
    expect(found[0]!.x + 160).toBeCloseTo(x + 128, 3);
    expect(found[0]!.y + 320).toBeCloseTo(y - 64, 3);
    expect(found[0]!.keypoints[0]).toBeCloseTo(x + 12.8, 3);
    expect(found[0]!.keypoints[1]).toBeCloseTo(y + 25.6, 3);
  });

  test('skips detections with a probability below one half', () => {
    const logits = new Float32Array(896).fill(-0.01);
    expect(decodeDetections(new Float32Array(896 * 16), logits, faceAnchors(), { x: 0, y: 0, size: 128 })).toEqual([]);
  });
});

describe('suppression', () => {
  test('measures overlap as intersection over union', () => {
    expect(boxOverlap(face(0, 0, 10, 1), face(0, 0, 10, 1))).toBe(1);
    expect(boxOverlap(face(0, 0, 10, 1), face(5, 0, 10, 1))).toBeCloseTo(50 / 150, 9);
    expect(boxOverlap(face(0, 0, 10, 1), face(10, 0, 10, 1))).toBe(0);
  });

  test('averages the boxes of one face, weighted by score', () => {
    const merged = suppressNonMaxima([face(20, 0, 100, 0.6), face(30, 0, 100, 0.9)]);
    expect(merged).toHaveLength(1);
    expect(merged[0]!.score).toBe(0.9);
    expect(merged[0]!.x).toBeCloseTo((20 * 0.6 + 30 * 0.9) / 1.5, 6);
    expect(merged[0]!.keypoints[5]).toBeCloseTo(26, 5);
  });

  test('keeps separate faces apart, best first', () => {
    const faces = suppressNonMaxima([face(0, 0, 100, 0.6), face(300, 0, 100, 0.9), face(305, 0, 100, 0.7)]);
    expect(faces.map(({ score }) => score)).toEqual([0.9, 0.6]);
  });

  test('uses every box for exactly one face', () => {
    const boxes = fc.array(
      fc.record({
        x: fc.integer({ max: 500, min: 0 }),
        size: fc.integer({ max: 200, min: 10 }),
        score: fc.double({ max: 1, min: 0.5, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(boxes, (raw) => {
        const faces = suppressNonMaxima(raw.map(({ x, size, score }) => face(x, 0, size, score)));
        expect(faces.length).toBeLessThanOrEqual(raw.length);
        expect(faces.length > 0).toBe(raw.length > 0);
      }),
    );
  });
});

describe('search', () => {
  test('starts with the whole picture in one square', () => {
    expect(searchRegions(400, 300)[0]).toEqual([{ x: 0, y: -50, size: 400 }]);
  });

  test('has a tile that contains any face of half its size, at every scale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 64, max: 4000 }),
        fc.integer({ min: 64, max: 4000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (width, height, u, v) => {
          for (const regions of searchRegions(width, height)) {
            const side = Math.min(regions[0]!.size / 2, width, height);
            const [x, y] = [u * (width - side), v * (height - side)];
            const holds = regions.some(
              (r) =>
                x >= r.x - 1e-6 &&
                y >= r.y - 1e-6 &&
                x + side <= r.x + r.size + 1e-6 &&
                y + side <= r.y + r.size + 1e-6,
            );
            expect(holds).toBe(true);
          }
        },
      ),
    );
  });
});
