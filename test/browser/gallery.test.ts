/**
 * @file The gallery of the bundled portraits: pictures against goldens, measures against limits, and tests that both
 * detect faults. `npm run gallery -- --update` rewrites the goldens; look at the sheet first.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { contactRow } from '../../bench/gallery/contact';
import { GalleryPage, type GalleryPortrait, NoPortraitError } from '../../bench/gallery/gallery-page';
import {
  differentShare,
  GOLDEN_PORTRAITS,
  goldenFile,
  goldenTile,
  goldenTiles,
  MOST_DIFFERENT,
} from '../../bench/gallery/goldens';
import { foldedTriangles, type Measures, passes } from '../../bench/gallery/measures';
import { PortraitFrames } from '../../bench/gallery/frames';
import { GOLDEN_SHOTS } from '../../bench/gallery/poses';
import { FaceLandmarker } from '../../src/portrait/analysis/face-landmarker';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../src/core/rgba-image';
import { nodeModelLoader, nodeOnnxOptions } from '../fixtures/node-models';
import { faceModel } from '../fixtures/synthetic-face';
import { testDevice } from '../fixtures/gpu-device';

const portraitFile = (name: string): string =>
  fileURLToPath(new URL(`../../demo/portraits/${name}.jpg`, import.meta.url));

let page: GalleryPage;
let device: GPUDevice;
const portraits = new Map<string, GalleryPortrait>();
const tiles = new Map<string, RgbaImage[]>();
const goldens = new Map<string, RgbaImage>();

beforeAll(async () => {
  page = await GalleryPage.open(inject('pagesUrl'));
  ({ device } = await testDevice());
  for (const name of GOLDEN_PORTRAITS) {
    const portrait = await page.analyse(portraitFile(name));
    portraits.set(name, portrait);
    tiles.set(name, await goldenTiles(device, faceModel(), portrait));
    goldens.set(name, await page.decode(readFileSync(goldenFile(name))));
  }
});
afterAll(() => page.close());

describe.each(GOLDEN_PORTRAITS)('%s', (name) => {
  test.each(GOLDEN_SHOTS.map((shot, k) => [shot, k] as const))('looks like its golden: %s', (_, k) => {
    expect(differentShare(tiles.get(name)![k]!, goldenTile(goldens.get(name)!, k))).toBeLessThan(MOST_DIFFERENT);
  });
});

describe('the comparison with goldens', () => {
  const [name] = GOLDEN_PORTRAITS;
  const shot = (wanted: (typeof GOLDEN_SHOTS)[number]): RgbaImage => tiles.get(name)![GOLDEN_SHOTS.indexOf(wanted)]!;

  /** The tiles drawn with a fault in the bundle. */
  async function faulty(fault: (bundle: PortraitBundle) => Partial<PortraitBundle>): Promise<RgbaImage[]> {
    const portrait = portraits.get(name)!;
    const bundle = { ...portrait.bundle, ...fault(portrait.bundle) };
    return goldenTiles(device, faceModel(), { ...portrait, bundle });
  }
  const worst = (drawn: RgbaImage[]): number =>
    Math.max(...drawn.map((tile, k) => differentShare(tile, goldenTile(goldens.get(name)!, k))));

  test('detects another mouth shape', () => {
    expect(differentShare(shot('aa'), shot('l'))).toBeGreaterThan(2 * MOST_DIFFERENT);
    expect(differentShare(shot('mbp'), shot('fv'))).toBeGreaterThan(MOST_DIFFERENT);
  });

  test('detects a mouth that is lit too darkly', async () => {
    const drawn = await faulty(({ mouth }) => ({ mouth: { ...mouth, light: mouth.light.map((x) => 0.5 * x) } }));
    expect(worst(drawn)).toBeGreaterThan(MOST_DIFFERENT);
  });

  test('detects a face that is drawn two per cent too large', async () => {
    const drawn = await faulty(({ pose }) => ({ pose: { ...pose, scale: 1.02 * pose.scale } }));
    expect(worst(drawn)).toBeGreaterThan(MOST_DIFFERENT);
  });
});

describe('the measures', () => {
  test('are within their limits', async () => {
    const landmarker = await FaceLandmarker.create(nodeModelLoader(), await nodeOnnxOptions());
    const portrait = portraits.get('grace-hopper')!;
    const { measures } = await contactRow(device, faceModel(), landmarker, portrait, { size: 512, tile: 64 });
    await landmarker.close();
    const { seconds_to_analyse: _, ...timeless } = measures; // depends on the load of the machine
    for (const [key, value] of Object.entries(timeless)) {
      expect(passes(key as keyof Measures, value), `${key} ${value}`).toBe(true);
    }
    // A single triangle beside the nose that shows the wrong part of the photo costs 16 dB.
    expect(measures.rest_psnr_db).toBeGreaterThan(50);
  });

  test.each(GOLDEN_PORTRAITS)('find no skin of %s that shows its back side when the head turns', async (name) => {
    const { bundle } = portraits.get(name)!;
    const frames = await PortraitFrames.create(device, faceModel(), portraits.get(name)!, 64, { sampleCount: 1 });
    for (const shot of ['oo', 'yaw +15', 'yaw -15', 'pitch +10', 'pitch -10'])
      expect(foldedTriangles(bundle, (await frames.shot(shot)).mesh), shot).toBe(0);
    frames.destroy();
  });

  test('count the folds of a nose that is turned inside out', async () => {
    const { bundle, landmarks, photo } = portraits.get('grace-hopper')!;
    const frames = await PortraitFrames.create(device, faceModel(), portraits.get('grace-hopper')!, 256);
    const { mesh } = await frames.shot('rest');
    frames.destroy();
    expect(foldedTriangles(bundle, mesh)).toBe(0);
    const [x, y] = [(2 * landmarks[3]!) / photo.width - 1, 1 - (2 * landmarks[4]!) / photo.height];
    const reach = (0.2 * bundle.pose.scale) / photo.width;
    for (let v = 0; v < bundle.mesh.faceVertexCount; v++) {
      if (Math.hypot(mesh[4 * v]! - x, mesh[4 * v + 1]! - y) < reach) mesh[4 * v] = 2 * x - mesh[4 * v]!;
    }
    expect(foldedTriangles(bundle, mesh)).toBeGreaterThan(20);
  });
});

test('a file that is not a picture is reported differently from a failure', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'talking-portrait-gallery-'));
  const file = join(folder, 'text.jpg');
  writeFileSync(file, 'this is not a picture');
  await expect(page.analyse(file)).rejects.toThrow(NoPortraitError);
  await expect(page.analyse(file)).rejects.toThrow('image-corrupt');
  rmSync(folder, { recursive: true });
});
