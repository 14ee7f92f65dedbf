/** @file Pictures of the CPU renderer against those of the WGSL renderer: every layer, every kind of output. */
import { beforeAll, describe, expect, it } from 'vitest';
import { SHOTS } from '../../bench/gallery/poses';
import type { RgbaImage } from '../../src/core/rgba-image';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import { DEFAULT_PICTURE, type PictureOutput } from '../../src/renderer/picture-output';
import { WarpingRenderer } from '../../src/renderer/webgpu/warping-renderer';
import { drawFrame, drawFrameOnCpu, type FrameInput, latentOf } from '../fixtures/draw-frame';
import { testDevice } from '../fixtures/gpu-device';
import { roundPerson } from '../fixtures/round-person';
import { faceModel } from '../fixtures/synthetic-face';
import { drawnPhoto } from '../fixtures/synthetic-portrait';
import { psnr } from '../reference/compare';

const SIDE = 192;
const OUTPUT: PictureOutput = { ...DEFAULT_PICTURE, width: SIDE, height: SIDE, format: 'rgba8unorm', sampleCount: 1 };
/** Pixels whose centre lies on an edge may fall to either side, and colours are rounded twice. */
const LEAST_PSNR_DB = 42;
/** Share of pixels that may differ by more than a few steps. */
const MOST_DIFFERENT = 0.002;
const FEW_STEPS = 12;

let device: GPUDevice;
const bundles: Record<string, PortraitBundle> = {};

beforeAll(async () => {
  ({ device } = await testDevice());
  bundles['closed mouth'] = roundPerson(SIDE, drawnPhoto(SIDE));
  bundles['open mouth'] = roundPerson(SIDE, drawnPhoto(SIDE), 'eileen-collins.jpg');
});

async function both(
  bundle: PortraitBundle,
  output: PictureOutput,
  input: FrameInput,
): Promise<{ gpu: RgbaImage; cpu: RgbaImage }> {
  const renderer = await WarpingRenderer.create(device, faceModel(), bundle, output);
  const gpu = await drawFrame(device, renderer, output, input);
  renderer.destroy();
  return { gpu, cpu: drawFrameOnCpu(faceModel(), bundle, output, input) };
}

function expectSame(cpu: RgbaImage, gpu: RgbaImage, name: string): void {
  expect(psnr(cpu, gpu), name).toBeGreaterThan(LEAST_PSNR_DB);
  let different = 0;
  for (let i = 0; i < cpu.data.length; i++) if (Math.abs(cpu.data[i]! - gpu.data[i]!) > FEW_STEPS) different++;
  expect(different / cpu.data.length, name).toBeLessThan(MOST_DIFFERENT);
}

describe.each(['closed mouth', 'open mouth'])('a photo with a %s', (name) => {
  it('looks the same in every shot of the gallery', { timeout: 60_000 }, async () => {
    const renderer = await WarpingRenderer.create(device, faceModel(), bundles[name]!, OUTPUT);
    for (const [shot, { expressions, pose, speechBlend, articulation }] of Object.entries(SHOTS)) {
      const input = { to: latentOf(faceModel(), expressions, pose), speechBlend, articulation };
      const gpu = await drawFrame(device, renderer, OUTPUT, input);
      expectSame(drawFrameOnCpu(faceModel(), bundles[name]!, OUTPUT, input), gpu, shot);
    }
    renderer.destroy();
  });

  it('looks the same between two motion frames', async () => {
    const input: FrameInput = {
      from: latentOf(faceModel(), { jawOpen: 0.4 }, { yaw: 8 }),
      to: latentOf(faceModel(), { mouthPucker: 0.5, eyeLookOut_L: 0.5, eyeLookIn_R: 0.5 }, { yaw: -4, roll: 3 }),
      mix: 0.4,
      speechBlend: 0.7,
      articulation: [0.3, 0.2, 0, 0, 0, 0.2],
    };
    const { cpu, gpu } = await both(bundles[name]!, OUTPUT, input);
    expectSame(cpu, gpu, name);
  });
});

describe('every output looks the same', () => {
  const image = drawnPhoto(64);
  const cases: [string, Partial<PictureOutput>][] = [
    ['transparent', { backdrop: { kind: 'colour', colour: [0, 0, 0, 0] } }],
    ['a colour', { backdrop: { kind: 'colour', colour: [0.2, 0.6, 0.4, 1] } }],
    ['a translucent colour', { backdrop: { kind: 'colour', colour: [1, 0, 0, 0.5] } }],
    ['an image', { backdrop: { kind: 'image', image } }],
    ['a blurred photo', { backdrop: { kind: 'photo', blur: 12 } }],
    ['mirrored', { mirror: true }],
    ['mirrored before an image', { mirror: true, backdrop: { kind: 'image', image } }],
    ['cropped to the face', { crop: 'face' }],
    ['enlarged', { crop: { zoom: 2.5, x: 0.55, y: 0.45 } }],
    ['large', { width: 2 * SIDE, height: 2 * SIDE }],
    ['small', { width: 64, height: 64 }],
    ['wide', { width: 224, height: 96 }],
    ['Display-P3', { colorSpace: 'display-p3' }],
  ];
  it.each(cases)('%s', async (name, changes) => {
    const input = {
      to: latentOf(faceModel(), { jawOpen: 0.35, mouthSmile: 0.2 }, { yaw: 9, pitch: 4 }),
      speechBlend: 1,
    };
    const { cpu, gpu } = await both(bundles['closed mouth']!, { ...OUTPUT, ...changes }, input);
    expectSame(cpu, gpu, name);
  });
});
