/**
 * @file Openings of the lips that are asked for, and those that the landmark network finds again in the picture. What the motion
 * was learned from is what such a network saw of real mouths, so the two should agree; shaders/warp/expression.wgsl sees to it.
 *
 *   npm run openings -- [PORTRAIT ...]
 *
 * Portraits are pictures; without any, those of the gallery. Openings are those of a dropped jaw, between the middles of the inner
 * lips, in distances of the outer eye corners, over the rest mouth.
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
