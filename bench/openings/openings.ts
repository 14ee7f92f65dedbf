/**
 * @file Compares commanded lip openings with those that the landmark network detects in the picture. The motion was
 * learned from what such a network detected on real mouths, so the two should agree; shaders/warp/expression.wgsl
 * corrects for the difference.
 *
 *   npm run openings -- [PORTRAIT ...]
 *
 * Portraits are pictures; by default those of the gallery. The openings are made by dropping the jaw, measured between
 * the middles of the inner lips in IOD, and relative to the mouth in the rest pose.
 */
import { basename } from 'node:path';
import { FaceLandmarker } from '../../src/portrait/analysis/face-landmarker';
import { roiFromLandmarks } from '../../src/portrait/analysis/face-roi';
import { lipShapes } from '../../src/portrait-bundle/lip-shapes';
import { expressionIndex } from '../../src/weights/face-model';
import { nodeModelLoader, nodeOnnxOptions } from '../../test/fixtures/node-models';
import { faceModel } from '../../test/fixtures/synthetic-face';
import { testDevice } from '../../test/fixtures/gpu-device';
import { latentOf } from '../../test/fixtures/draw-frame';
import { PortraitFrames } from '../gallery/frames';
import { portraitFiles } from '../gallery/gallery';
import { GalleryPage } from '../gallery/gallery-page';
import { middleLipGap } from '../gallery/measures';

const OPENINGS_IOD = [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.09, 0.12, 0.16];
const SIZE_PX = 512;

export async function main(files: string[]): Promise<void> {
  const page = await GalleryPage.open();
  const { device } = await testDevice();
  const model = faceModel();
  const landmarker = await FaceLandmarker.create(nodeModelLoader(), await nodeOnnxOptions());
  console.log(`${'asked for'.padEnd(24)}${OPENINGS_IOD.map((o) => o.toFixed(3).padStart(7)).join('')}`);
  for (const file of portraitFiles([], files)) {
    const portrait = await page.analyse(file);
    const { bundle, photo } = portrait;
    const frames = await PortraitFrames.create(device, model, portrait, SIZE_PX);
    const factor = SIZE_PX / photo.width;
    const roi = roiFromLandmarks(portrait.landmarks.map((x) => x * factor));
    const openingOfJaw = lipShapes(model, bundle).aperture[expressionIndex(model, 'jawOpen')]!;
    const found: number[] = [];
    for (const opening of OPENINGS_IOD) {
      const to = latentOf(model, { jawOpen: opening / openingOfJaw });
      const { picture } = await frames.draw({ to, speechBlend: 1 });
      const { points } = await landmarker.averagedLandmarks(picture, roi);
      found.push(middleLipGap(points) / (bundle.pose.scale * factor));
    }
    console.log(`${basename(file).padEnd(24)}${found.map((o) => o.toFixed(3).padStart(7)).join('')}`);
    frames.destroy();
  }
  await page.close();
}
