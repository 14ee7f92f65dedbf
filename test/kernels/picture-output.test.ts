/** @file The output options: transparency, backgrounds, mirror, crop, blending in linear light, dithering. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { restLatent } from '../../src/core/motion-latent';
import { DEFAULT_PICTURE, type PictureOutput } from '../../src/renderer/picture-output';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../src/core/rgba-image';
import { WarpingRenderer } from '../../src/renderer/webgpu/warping-renderer';
import { faceModel } from '../fixtures/synthetic-face';
import { testDevice } from '../fixtures/gpu-device';
import { drawFrame, latentOf } from '../fixtures/draw-frame';
import { psnr } from '../reference/compare';
import { roundPerson } from '../fixtures/round-person';
import { drawnPhoto } from '../fixtures/synthetic-portrait';

const SIDE = 192;
const OUTPUT: PictureOutput = {
  ...DEFAULT_PICTURE,
  width: SIDE,
  height: SIDE,
  format: 'rgba8unorm',
  sampleCount: 1,
};
const CLEAR = { kind: 'colour', colour: [0, 0, 0, 0] } as const;
let device: GPUDevice;
let bundle: PortraitBundle;
let photo: RgbaImage;
let renderer: WarpingRenderer;

async function draw(changes: Partial<PictureOutput>, latent = restLatent(), speechBlend = 0): Promise<RgbaImage> {
  const output = { ...OUTPUT, ...changes };
  (await renderer.prepareOutput(output)).apply();
  return drawFrame(device, renderer, output, { to: latent, speechBlend });
}

const pixel = ({ width, data }: RgbaImage, x: number, y: number): number[] => [
  ...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4),
];

function flipped(image: RgbaImage): RgbaImage {
  const data = new Uint8ClampedArray(image.data.length);
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++) data.set(pixel(image, image.width - 1 - x, y), 4 * (y * image.width + x));
  return { ...image, data };
}

beforeAll(async () => {
  ({ device } = await testDevice());
  photo = drawnPhoto(SIDE);
  bundle = roundPerson(SIDE, photo);
  renderer = await WarpingRenderer.create(device, faceModel(), bundle, OUTPUT);
});

describe('background', () => {
  it('is exactly that of the photo in the rest pose', async () => {
    expect(psnr(await draw({}), photo)).toBeGreaterThan(45);
  });

  it('does not move when the head turns', async () => {
    const picture = await draw({}, latentOf(faceModel(), {}, { yaw: 12, pitch: 5 }));
    const far = (x: number, y: number): boolean => Math.hypot(x - SIDE / 2, y - SIDE / 2) > 0.58 * SIDE;
    expect(psnr(picture, photo, far)).toBeGreaterThan(45);
    expect(psnr(picture, photo, (x, y) => Math.hypot(x - SIDE / 2, y - SIDE / 2) < 0.2 * SIDE)).toBeLessThan(30);
  });

  it('shows nothing beside the person when it is transparent, and the picture is premultiplied', async () => {
    for (const latent of [restLatent(), latentOf(faceModel(), { jawOpen: 0.4 }, { yaw: 10 })]) {
      const picture = await draw({ backdrop: CLEAR }, latent, 1);
      expect(pixel(picture, 2, 2)).toEqual([0, 0, 0, 0]);
      expect(pixel(picture, SIDE - 3, SIDE - 3)).toEqual([0, 0, 0, 0]);
      expect(pixel(picture, SIDE / 2, SIDE / 2)[3]).toBe(255);
      let edges = 0;
      for (let i = 0; i < picture.data.length; i += 4) {
        const [r, g, b, a] = picture.data.subarray(i, i + 4) as unknown as [number, number, number, number];
        if (a > 10 && a < 245) edges++;
        expect(Math.max(r, g, b)).toBeLessThanOrEqual(a + 1);
      }
      expect(edges).toBeGreaterThan(SIDE);
    }
  });

  it('is a colour, possibly translucent, and the edge of the person fades into it', async () => {
    const green = await draw({ backdrop: { kind: 'colour', colour: [0.2, 0.6, 0.4, 1] } });
    expect(pixel(green, 2, 2)).toEqual([51, 153, 102, 255]);
    const half = await draw({ backdrop: { kind: 'colour', colour: [1, 0, 0, 0.5] } });
    pixel(half, 2, 2).forEach((value, c) => expect(Math.abs(value - [127.5, 0, 0, 127.5][c]!)).toBeLessThan(1));
    // Person over colour = transparent picture over colour.
    const clear = await draw({ backdrop: CLEAR });
    const over = clear.data.map((value, i) =>
      i % 4 === 3 ? 255 : value + (1 - clear.data[i - (i % 4) + 3]! / 255) * [51, 153, 102][i % 4]!,
    );
    expect(psnr(green, { ...clear, data: over })).toBeGreaterThan(45);
  });

  it('is an image that fills the frame', async () => {
    const image = drawnPhoto(64);
    const picture = await draw({ backdrop: { kind: 'image', image }, mirror: true });
    const want = pixel(image, 1, 1);
    pixel(picture, 3, 3).forEach((value, c) => expect(Math.abs(value - want[c]!)).toBeLessThan(12)); // never mirrored
  });

  it('is the blurred photo', async () => {
    const picture = await draw({ backdrop: { kind: 'photo', blur: 20 } });
    const spread = (image: RgbaImage): number => {
      const column = Array.from({ length: SIDE / 2 }, (_, y) => pixel(image, 3, SIDE / 4 + y)[0]!);
      return Math.max(...column) - Math.min(...column);
    };
    expect(spread(picture)).toBeLessThan(0.4 * spread(photo));
  });
});

describe('crop and mirroring', () => {
  it('shows the mirror image, with the mouth open and the head turned', async () => {
    const latent = latentOf(faceModel(), { jawOpen: 0.4, mouthSmile: 0.2 }, { yaw: 8, roll: 4 });
    const plain = await draw({}, latent, 1);
    const mirrored = await draw({ mirror: true }, latent, 1);
    expect(psnr(flipped(mirrored), plain)).toBeGreaterThan(38);
    expect(psnr(mirrored, plain)).toBeLessThan(25);
  });

  it('magnifies a part of the photo', async () => {
    const latent = latentOf(faceModel(), { jawOpen: 0.4 }, { yaw: 6 });
    const whole = await draw({ width: 2 * SIDE, height: 2 * SIDE }, latent, 1);
    const part = await draw({ crop: { zoom: 2, x: 0.5, y: 0.5 } }, latent, 1);
    const middle = new Uint8ClampedArray(4 * SIDE * SIDE);
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) middle.set(pixel(whole, x + SIDE / 2, y + SIDE / 2), 4 * (y * SIDE + x));
    expect(psnr(part, { width: SIDE, height: SIDE, data: middle })).toBeGreaterThan(38);
  });

  it('keeps the motion when the output changes', async () => {
    const latent = latentOf(faceModel(), { jawOpen: 0.4 }, { yaw: 6 });
    const before = await draw({}, latent, 1);
    (await renderer.prepareOutput({ ...OUTPUT, width: 96, height: 64 })).apply();
    (await renderer.prepareOutput(OUTPUT)).apply();
    const after = await drawFrame(device, renderer, OUTPUT, { to: latent, speechBlend: 1 });
    expect(Buffer.from(after.data).equals(Buffer.from(before.data))).toBe(true);
  });

  it.each([{ width: 96 }, { colorSpace: 'display-p3' as const }])(
    'keeps the old output and discards the new one if it is not used: %j',
    async (changes) => {
      const latent = latentOf(faceModel(), { jawOpen: 0.4 });
      const before = await draw({}, latent, 1);
      const textures = vi.spyOn(device, 'createTexture');
      const buffers = vi.spyOn(device, 'createBuffer');
      const prepared = await renderer.prepareOutput({ ...OUTPUT, ...changes });
      const made = [...textures.mock.results, ...buffers.mock.results].map(({ value }) => value as GPUTexture);
      vi.restoreAllMocks();
      const destroyed = made.map((resource) => vi.spyOn(resource, 'destroy'));
      prepared.discard();
      expect(made.length).toBeGreaterThan(2);
      for (const call of destroyed) expect(call).toHaveBeenCalledOnce();
      const after = await drawFrame(device, renderer, OUTPUT, { to: latent, speechBlend: 1 });
      expect(Buffer.from(after.data).equals(Buffer.from(before.data))).toBe(true);
    },
  );
});

describe('colour', () => {
  it('is the same with blending in linear light, except at edges', async () => {
    const backdrop = { kind: 'colour', colour: [0.2, 0.6, 0.4, 1] } as const;
    const latent = latentOf(faceModel(), { jawOpen: 0.3 }, { yaw: 5 });
    const plain = await draw({ backdrop }, latent, 1);
    const onLight = await draw({ backdrop, format: 'rgba8unorm-srgb' }, latent, 1);
    pixel(onLight, 2, 2).forEach((value, c) => expect(Math.abs(value - pixel(plain, 2, 2)[c]!)).toBeLessThanOrEqual(1));
    expect(psnr(onLight, plain)).toBeGreaterThan(30);
    // Half covered: half the light is more than half the sRGB value.
    const black = { kind: 'colour', colour: [0, 0, 0, 1] } as const;
    const sum = ({ data }: RgbaImage): number => data.reduce((a, b) => a + b, 0);
    expect(sum(await draw({ backdrop: black, format: 'rgba8unorm-srgb' }))).toBeGreaterThan(
      sum(await draw({ backdrop: black })) + 1000,
    );
  });

  it.each(['rgba8unorm', 'rgba8unorm-srgb'] as const)('has no bands where it hardly changes (%s)', async (format) => {
    // Two steps over the whole photo: enlarged, a pixel is far less than a step.
    const data = new Uint8ClampedArray(4 * SIDE * SIDE).fill(255);
    for (let k = 0; k < SIDE * SIDE; k++) data.fill(100 + Math.round((2 * (k % SIDE)) / SIDE), 4 * k, 4 * k + 3);
    const flat = roundPerson(SIDE, { width: SIDE, height: SIDE, data });
    const output = { ...OUTPUT, format, backdrop: { kind: 'photo', blur: 40 } } as const;
    const soft = await WarpingRenderer.create(device, faceModel(), flat, output);
    const picture = await drawFrame(device, soft, output, { to: restLatent() });
    soft.destroy();
    // Means of columns in a band below the person rise little by little; without dithering they would be whole steps.
    const means = Array.from({ length: SIDE }, (_, x) => {
      let sum = 0;
      for (let y = SIDE - 16; y < SIDE; y++) sum += pixel(picture, x, y)[0]!;
      return sum / 16;
    });
    const broad = (x: number): number => means.slice(x, x + 8).reduce((a, b) => a + b) / 8;
    const between = Array.from({ length: SIDE / 8 }, (_, k) => broad(8 * k)).filter((value) => {
      const part = value - Math.floor(value);
      return part > 0.15 && part < 0.85;
    });
    expect(between.length).toBeGreaterThan(4);
    expect(broad(SIDE - 8) - broad(0)).toBeGreaterThan(0.8);
  });

  it('is converted for a Display-P3 canvas', async () => {
    const picture = await draw({ colorSpace: 'display-p3' });
    const [before, after] = [pixel(photo, 4, 4), pixel(picture, 4, 4)];
    expect(before[0]! - before[2]!).toBeGreaterThan(10);
    expect(after[0]! - after[2]!).toBeLessThan(before[0]! - before[2]!); // nearer to grey: P3's primaries are stronger
    expect(psnr(await draw({ colorSpace: 'srgb' }), photo)).toBeGreaterThan(45);
  });
});
