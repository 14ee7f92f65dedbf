/**
 * @file Face analysis in a worker of real Chromium: the bundled portraits, further test portraits if present, EXIF
 * orientation, several faces, distant and close faces, and input that must be rejected.
 *
 * The golden landmarks come from MediaPipe (training/face_nets_check.py): from Face Mesh, the network that was
 * converted, and from the newer Face Landmarker, a different network trained with other annotations.
 */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import golden from '../goldens/face-landmarks.json' with { type: 'json' };
import type { AnalysisReply } from './pages/face-analysis-worker';
import { openPage, type OpenPage } from './support/open-page';

type Analysis = Exclude<AnalysisReply, { error: unknown }>;
type Golden = { size: number[]; mesh: number[]; landmarker: number[] };

const root = fileURLToPath(new URL('../../', import.meta.url));
const dataFolder = process.env['TALKING_PORTRAIT_DATA'] ?? `${root}../shared/data`;
const testPortraits = `${dataFolder}/portraits/`;
const pictures = golden.pictures as Record<string, Golden>;
const bundled = ['eileen-collins.jpg', 'grace-hopper.jpg', 'illustration.jpg'];

let opened: OpenPage;
let page: Page;
beforeAll(async () => {
  opened = await openPage();
  page = opened.page;
  await page.evaluate(() => {
    const worker = new Worker('/test/browser/pages/face-analysis-worker.ts', { type: 'module' });
    let next = 0;
    Object.assign(globalThis, {
      analyse: (picture: Blob | ImageBitmap, aborted = false) =>
        new Promise((resolve, reject) => {
          const id = next++;
          const onMessage = ({ data }: MessageEvent<{ id: number }>): void => {
            if (data.id !== id) return;
            worker.removeEventListener('message', onMessage);
            resolve(data);
          };
          worker.addEventListener('message', onMessage);
          worker.addEventListener('error', (event) => reject(new Error(event.message)));
          worker.postMessage({ id, picture, aborted });
        }),
      load: async (name: string) => createImageBitmap(await (await fetch(`/demo/portraits/${name}`)).blob()),
    });
  });
});
afterAll(() => opened.close());

declare global {
  /** Defined in the page above. */
  function analyse(picture: Blob | ImageBitmap, aborted?: boolean): Promise<AnalysisReply>;
  function load(name: string): Promise<ImageBitmap>;
}

function succeeded(reply: AnalysisReply): Analysis {
  if ('error' in reply) throw new Error(JSON.stringify(reply.error));
  return reply;
}

async function analyseBytes(bytes: Uint8Array, aborted = false): Promise<AnalysisReply> {
  const base64 = Buffer.from(bytes).toString('base64');
  return page.evaluate(
    async ({ base64, aborted }) =>
      analyse(await (await fetch(`data:application/octet-stream;base64,${base64}`)).blob(), aborted),
    { base64, aborted },
  );
}

/** Mean errors of the landmarks against golden ones, % IOD. */
function errors(result: Analysis, expected: number[]): { mean: number; lips: number } {
  const scale = result.square.width / result.size[0];
  const at = (index: number, axis: number): number => expected[2 * index + axis]! / 10;
  const eyes = Math.hypot(at(33, 0) - at(263, 0), at(33, 1) - at(263, 1));
  const error = (index: number): number => {
    const x = result.square.x + result.landmarks[3 * index]! * scale;
    const y = result.square.y + result.landmarks[3 * index + 1]! * scale;
    return (100 * Math.hypot(x - at(index, 0), y - at(index, 1))) / eyes;
  };
  const mean = (indices: number[]): number => indices.reduce((sum, index) => sum + error(index), 0) / indices.length;
  return { mean: mean(Array.from({ length: 478 }, (_, index) => index)), lips: mean(LIPS) };
}

const LIPS = [
  61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409, 78, 95, 88, 178, 87, 14,
  317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
];

function checkPortrait(name: string, result: Analysis): void {
  const { size, landmarks, matte, faceCount, square } = result;
  expect(size[0]).toBe(size[1]);
  expect(size[0]).toBeGreaterThanOrEqual(512);
  expect(size[0]).toBeLessThanOrEqual(1024);
  expect(square.x).toBeGreaterThanOrEqual(0);
  expect(square.x + square.width).toBeLessThanOrEqual(pictures[name]!.size[0]!);
  expect(landmarks).toHaveLength(478 * 3);
  const faceHeight = Math.hypot(landmarks[30]! - landmarks[456]!, landmarks[31]! - landmarks[457]!) / size[0];
  expect(faceHeight).toBeGreaterThan(0.36);
  expect(faceHeight).toBeLessThan(0.6);
  // The nose is closer to the viewer than the ears.
  expect(landmarks[3 * 1 + 2]).toBeLessThan(Math.min(landmarks[3 * 234 + 2]!, landmarks[3 * 454 + 2]!));
  expect(faceCount).toBe(1);
  expect(matte.face).toBeGreaterThan(0.95);
}

describe('portraits', () => {
  const report: string[] = [];
  afterAll(() =>
    console.log(`landmark error, % of the inter-ocular distance (all points / lips)\n${report.join('\n')}`),
  );

  async function check(name: string, path: string): Promise<void> {
    const result = succeeded(await analyseBytes(readFileSync(path)));
    const { mesh, landmarker } = pictures[name]!;
    const [own, other] = [errors(result, mesh), errors(result, landmarker)];
    report.push(
      `${name}: Face Mesh ${own.mean.toFixed(2)} / ${own.lips.toFixed(2)}, Face Landmarker ${other.mean.toFixed(2)} / ${other.lips.toFixed(2)}, ${result.analysisMs.toFixed(0)} ms`,
    );
    checkPortrait(name, result);
    // Not zero even for Face Mesh, because MediaPipe runs once, on a less exact square. Largest for the three-quarter
    // view.
    expect(own.mean).toBeLessThan(4);
    expect(own.lips).toBeLessThan(2.5);
    expect(other.mean).toBeLessThan(4.5);
    expect(other.lips).toBeLessThan(3);
  }

  test.each(bundled)('the landmarks of %s agree with MediaPipe’s', (name) =>
    check(name, `${root}demo/portraits/${name}`),
  );

  const present = existsSync(testPortraits);
  if (!present) console.log(`Test portraits skipped: ${testPortraits} does not exist; set TALKING_PORTRAIT_DATA.`);
  const others = Object.keys(pictures).filter((name) => !bundled.includes(name));
  test.skipIf(!present).each(others)('the landmarks of %s agree with MediaPipe’s', (name) =>
    check(name, testPortraits + name),
  );

  test('the matte separates the drawn character from the background', async () => {
    const { matte } = succeeded(await analyseBytes(readFileSync(`${root}demo/portraits/illustration.jpg`)));
    expect(matte.corners).toBeLessThan(0.1);
  });

  test('the reported progress increases to 1', async () => {
    const { progress } = succeeded(await analyseBytes(readFileSync(`${root}demo/portraits/illustration.jpg`)));
    expect(progress.at(-1)).toBe(1);
    expect(progress.toSorted((a, b) => a - b)).toEqual(progress);
  });
});

describe('EXIF orientation', () => {
  /** Inserts an APP1 segment with one entry, Orientation, after the start marker (CIPA DC-008, 4.6). */
  function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
    const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
    const body = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
    return new Uint8Array([...jpeg.subarray(0, 2), 0xff, 0xe1, 0, body.length + 2, ...body, ...jpeg.subarray(2)]);
  }

  // How the picture is stored, the EXIF orientation that corrects it, and the rotation that was applied.
  test.each([
    ['upside down', 3, Math.PI],
    ['turned left', 6, -Math.PI / 2],
    ['turned right', 8, Math.PI / 2],
  ])('a picture stored %s is analysed upright', async (_, orientation, angle) => {
    const stored = await page.evaluate(async (turn) => {
      const bitmap = await load('illustration.jpg');
      const canvas = new OffscreenCanvas(768, 768);
      const context = canvas.getContext('2d')!;
      context.translate(384, 384);
      context.rotate(turn);
      context.drawImage(bitmap, -384, -384, 768, 768);
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
      return [...new Uint8Array(await blob.arrayBuffer())];
    }, angle);
    const { landmarks, size } = succeeded(await analyseBytes(withOrientation(new Uint8Array(stored), orientation)));
    const [top, chin] = [landmarks[31]!, landmarks[457]!];
    expect((chin - top) / size[1]).toBeGreaterThan(0.35);
    // Not mirrored: the eye corners are in their order.
    expect(landmarks[3 * 263]).toBeGreaterThan(landmarks[3 * 33]!);
  });
});

describe('unusual pictures', () => {
  /** Draws bundled portraits on one canvas: name, x, y, size. */
  const compose = (width: number, height: number, parts: [string, number, number, number][]): Promise<AnalysisReply> =>
    page.evaluate(
      async ({ width, height, parts }) => {
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext('2d')!;
        context.fillStyle = '#8a9aa5';
        context.fillRect(0, 0, width, height);
        for (const [name, x, y, size] of parts) {
          const bitmap = await load(name);
          const side = Math.min(bitmap.width, bitmap.height);
          context.drawImage(bitmap, 0, 0, side, side, x, y, size, size);
        }
        return analyse(canvas.transferToImageBitmap());
      },
      { width, height, parts },
    );

  test('the larger of two faces is used, with a warning', async () => {
    const result = succeeded(
      await compose(1200, 800, [
        ['illustration.jpg', 0, 300, 400],
        ['grace-hopper.jpg', 500, 50, 700],
      ]),
    );
    expect(result.faceCount).toBe(2);
    expect(result.warnings.join(' ')).toContain('2 faces');
    expect(result.square.x).toBeGreaterThan(400);
  });

  test('a small face in a large picture is found', async () => {
    const result = succeeded(await compose(2000, 1500, [['illustration.jpg', 1500, 900, 260]]));
    const nose = result.square.x + (result.landmarks[3]! * result.square.width) / result.size[0];
    expect(nose).toBeGreaterThan(1600);
    expect(nose).toBeLessThan(1660);
  });

  test('a face of 80 px in a large picture is found, with a warning about blur', async () => {
    const result = succeeded(await compose(1600, 1200, [['illustration.jpg', 1000, 500, 200]]));
    expect(result.warnings.join(' ')).toContain('blurred');
    expect(result.size[0]).toBe(512);
    const nose = result.square.x + (result.landmarks[3]! * result.square.width) / result.size[0];
    expect(Math.abs(nose - 1100)).toBeLessThan(20);
  });

  test('a face of 1500 px gives a portrait of the largest size', async () => {
    const result = succeeded(await compose(3800, 3800, [['illustration.jpg', 0, 0, 3800]]));
    expect(result.size[0]).toBe(1024);
    expect(result.warnings).toEqual([]);
  });

  test('a head that is cut off at the side and above is found, with a warning that the rest is filled in', async () => {
    const result = succeeded(await compose(500, 560, [['illustration.jpg', -190, -240, 800]]));
    expect(result.warnings.join(' ')).toContain('filled in');
    expect(result.faceCount).toBe(1);
  });

  test('a face that fills the picture is found, with a warning that its surroundings are filled in', async () => {
    const result = succeeded(await compose(400, 440, [['illustration.jpg', -340, -270, 1080]]));
    expect(result.warnings.join(' ')).toContain('filled in');
    expect(result.square.x).toBeLessThan(0);
  });

  test('a rotated picture without EXIF orientation is turned upright', async () => {
    const reply = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(600, 600);
      const context = canvas.getContext('2d')!;
      context.translate(300, 300);
      context.rotate(Math.PI / 2);
      context.drawImage(await load('illustration.jpg'), -300, -300, 600, 600);
      return analyse(canvas.transferToImageBitmap());
    });
    const { landmarks, size, warnings } = succeeded(reply);
    expect((landmarks[457]! - landmarks[31]!) / size[1]).toBeGreaterThan(0.35);
    expect(warnings.join(' ')).toContain('turned upright');
  });

  test('a face of very few pixels is rejected as too small', async () => {
    expect(await compose(900, 700, [['illustration.jpg', 300, 200, 90]])).toMatchObject({
      error: { code: 'image-too-small' },
    });
  });

  test('a picture without a face is rejected', async () => {
    expect(await compose(640, 480, [])).toMatchObject({ error: { code: 'no-face' } });
  });

  test('an aborted signal rejects the analysis', async () => {
    expect(await analyseBytes(readFileSync(`${root}demo/portraits/illustration.jpg`), true)).toMatchObject({
      error: { code: 'aborted' },
    });
  });

  test('text, an empty file and a truncated JPEG are rejected as corrupt', async () => {
    for (const bytes of [
      Buffer.from('this is not a picture'),
      Buffer.alloc(0),
      readFileSync(`${root}demo/portraits/illustration.jpg`).subarray(0, 300),
    ]) {
      expect(await analyseBytes(bytes)).toMatchObject({
        error: { code: 'image-corrupt', remedy: expect.stringContaining('JPEG') as string },
      });
    }
  });

  test('a small file that declares ten gigapixels is rejected before it is decoded', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452000186a0000186a008060000000000000000', 'hex');
    expect(await analyseBytes(png)).toMatchObject({ error: { code: 'invalid-option' } });
  });

  test('an icon is rejected as too small', async () => {
    const icon = page.evaluate(async () => analyse(await createImageBitmap(new ImageData(16, 16))));
    expect(await icon).toMatchObject({ error: { code: 'image-too-small' } });
  });
});

test('there were no problems on the page', () => {
  expect(opened.problems).toEqual([]);
});
