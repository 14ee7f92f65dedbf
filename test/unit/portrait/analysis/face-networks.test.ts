/**
 * @file The files of the three networks: they load, have the expected outputs and find no face in pictures without one.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaceAnalyser } from '../../../../src/portrait/analysis/face-analysis';
import { FaceLandmarker } from '../../../../src/portrait/analysis/face-landmarker';
import { nodeModelLoader, nodeOnnxOptions } from '../../../fixtures/node-models';
import { paint } from './pictures';

let analyser: FaceAnalyser;
beforeAll(async () => {
  analyser = await FaceAnalyser.create(nodeModelLoader(), await nodeOnnxOptions());
}, 120_000);
afterAll(() => analyser.close());

/** Deterministic noise, 0 ... 255. */
const noise = (x: number, y: number): number => (Math.abs(Math.sin(x * 12.9898 + y * 78.233) * 43758.5453) % 1) * 255;

test.each([
  ['plain grey', paint(300, 200, () => [128, 128, 128])],
  ['noise', paint(256, 256, (x, y) => [noise(x, y), noise(y, x), noise(x + 7, y)])],
  ['a landscape of two bands', paint(640, 200, (_, y) => (y < 100 ? [120, 170, 230] : [60, 120, 50]))],
])('%s is rejected with a remedy', async (_, picture) => {
  await expect(analyser.analysePixels(picture)).rejects.toMatchObject({
    code: 'no-face',
    remedy: expect.stringContaining('one face') as string,
  });
});

test('an aborted signal stops the analysis', async () => {
  const picture = paint(300, 200, () => [128, 128, 128]);
  await expect(analyser.analysePixels(picture, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  });
  const abort = new AbortController();
  const later = analyser.analysePixels(picture, { signal: abort.signal, onProgress: () => abort.abort() });
  await expect(later).rejects.toMatchObject({ code: 'aborted' });
});

test('the landmark network returns 478 finite points and a low face probability for a grey picture', async () => {
  const landmarker = await FaceLandmarker.create(nodeModelLoader(), await nodeOnnxOptions());
  const roi = { centreX: 100, centreY: 100, size: 150, angle: 0.3 };
  const { points, presence } = await landmarker.landmarks(
    paint(200, 200, () => [128, 128, 128]),
    roi,
  );
  expect(points).toHaveLength(478 * 3);
  expect(points.every(Number.isFinite)).toBe(true);
  expect(presence).toBeGreaterThanOrEqual(0);
  expect(presence).toBeLessThan(0.5);
  await landmarker.close();
});
