/** @file The irises in the picture: they move to the commanded gaze, and nothing else in the picture changes. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { GazeLayer, PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../src/core/rgba-image';
import { WarpingRenderer } from '../../src/renderer/webgpu/warping-renderer';
import type { FaceModel } from '../../src/weights/face-model';
import { testDevice } from '../fixtures/gpu-device';
import { drawFrame, latentOf } from '../fixtures/draw-frame';
import { syntheticPortrait } from '../fixtures/synthetic-portrait';

const SIZE_PX = 256;
const TARGET = { width: SIZE_PX, height: SIZE_PX, format: 'rgba8unorm' as const, sampleCount: 1 as const };
const RADIUS_PX = 8;
const CENTRES: [number, number][] = [
  [90, 60],
  [170, 60],
];
/** px per unit of sin(angle). */
const TRAVEL_PX = 20;
const RADIANS = Math.PI / 180;

/** Black irises on white eyes, no face in front of them. */
function portraitWithEyes(): { model: FaceModel; bundle: PortraitBundle } {
  const { model, bundle } = syntheticPortrait(SIZE_PX);
  const photo: RgbaImage = { ...bundle.photo, data: new Uint8ClampedArray(bundle.photo.data) };
  const [x0, y0, width, height] = [50, 30, 160, 60];
  const image: RgbaImage = { width, height: 2 * height, data: new Uint8ClampedArray(8 * width * height).fill(255) };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const d = Math.min(...CENTRES.map(([cx, cy]) => Math.hypot(x0 + x + 0.5 - cx, y0 + y + 0.5 - cy)));
      const value = 255 * Math.min(1, Math.max(0, (d - RADIUS_PX + 1) / 2));
      photo.data.set([value, value, value], 4 * ((y0 + y) * photo.width + x0 + x));
      image.data.set([0, 0, 0], 4 * ((height + y) * width + x));
    }
  const gaze: GazeLayer = {
    image,
    offset: [x0, y0],
    irises: CENTRES.map((centre, k) => ({
      centre,
      radius: RADIUS_PX,
      softness: 1,
      across: [k === 0 ? -TRAVEL_PX : TRAVEL_PX, 0],
      down: [0, TRAVEL_PX],
    })) as GazeLayer['irises'],
  };
  return { model, bundle: { ...bundle, photo, gaze, mesh: { ...bundle.mesh, alpha: bundle.mesh.alpha.map(() => 0) } } };
}

/** Middle of the dark pixels near an eye, px. */
function darkMiddle({ data }: RgbaImage, [cx, cy]: [number, number]): [number, number] {
  let [sx, sy, total] = [0, 0, 0];
  for (let y = cy - 22; y < cy + 22; y++)
    for (let x = cx - 30; x < cx + 30; x++) {
      const dark = 255 - data[4 * (y * SIZE_PX + x)]!;
      sx += dark * (x + 0.5);
      sy += dark * (y + 0.5);
      total += dark;
    }
  return [sx / total, sy / total];
}

describe('gaze on the screen', () => {
  let device: GPUDevice;
  let renderer: WarpingRenderer;
  let portrait: ReturnType<typeof portraitWithEyes>;
  const look = (expressions: Record<string, number>): Promise<RgbaImage> =>
    drawFrame(device, renderer, TARGET, { to: latentOf(portrait.model, expressions) });

  beforeAll(async () => {
    ({ device } = await testDevice());
    portrait = portraitWithEyes();
    renderer = await WarpingRenderer.create(device, portrait.model, portrait.bundle, TARGET);
  });

  it('shows the photo while the gaze is not changed', async () => {
    const picture = await look({});
    for (let y = 30; y < 90; y++)
      for (let k = 4 * (y * SIZE_PX + 50); k < 4 * (y * SIZE_PX + 210); k++)
        expect(Math.abs(picture.data[k]! - portrait.bundle.photo.data[k]!)).toBeLessThanOrEqual(1);
  });

  it.each([
    [{ eyeLookOut_L: 1 / 3, eyeLookIn_R: 1 / 3 }, [TRAVEL_PX * Math.sin(10 * RADIANS), 0]],
    [{ eyeLookIn_L: 1 / 3, eyeLookOut_R: 1 / 3 }, [-TRAVEL_PX * Math.sin(10 * RADIANS), 0]],
    [{ eyeLookDown: 1 / 6 }, [0, TRAVEL_PX * Math.sin(5 * RADIANS)]],
    [{ eyeLookUp: 1 / 6 }, [0, -TRAVEL_PX * Math.sin(5 * RADIANS)]],
  ] as const)('turns both irises by %o', async (expressions, [dx, dy]) => {
    const picture = await look(expressions);
    for (const centre of CENTRES) {
      const [x, y] = darkMiddle(picture, centre);
      expect(Math.abs(x - centre[0] - dx)).toBeLessThan(0.15);
      expect(Math.abs(y - centre[1] - dy)).toBeLessThan(0.15);
    }
  });

  it('follows microsaccades by fractions of a pixel', async () => {
    const [x] = darkMiddle(await look({ eyeLookOut_L: 0.6 / 30 }), CENTRES[1]!);
    const shift = TRAVEL_PX * Math.sin(0.6 * RADIANS); // 0.21 px
    expect(x - CENTRES[1]![0]).toBeGreaterThan(0.6 * shift);
    expect(x - CENTRES[1]![0]).toBeLessThan(1.4 * shift);
  });

  it('limits the turn of the eyes', async () => {
    const [x] = darkMiddle(await look({ eyeLookOut_L: 1.5 }), CENTRES[1]!);
    expect(x - CENTRES[1]![0]).toBeGreaterThan(TRAVEL_PX * Math.sin(22 * RADIANS));
    expect(x - CENTRES[1]![0]).toBeLessThan(TRAVEL_PX * Math.sin(25 * RADIANS));
  });
});
