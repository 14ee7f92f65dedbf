/**
 * @file The public output options on a real canvas: transparency, backgrounds, mirror, crop, size, colours, saved
 * portraits.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { OutputPage } from './pages/output';
import { openPage, type OpenPage } from './support/open-page';

type Picture = ReturnType<OutputPage['seenOver']>;
/** Small, because a software adapter draws it 25 times a second during the tests. */
const SIDE = 128;

let opened: OpenPage;
beforeAll(async () => {
  opened = await openPage('test/browser/pages/output.html');
  await opened.page.waitForFunction(() => 'outputPage' in globalThis);
  await call('create', { width: SIDE, height: SIDE, background: 'transparent' });
});
afterAll(() => opened.close());

/** Runs a function of the page. */
function call<Name extends keyof OutputPage>(
  name: Name,
  ...args: Parameters<OutputPage[Name]>
): Promise<Awaited<ReturnType<OutputPage[Name]>>> {
  return opened.page.evaluate(
    ([task, values]) => {
      const { outputPage } = globalThis as unknown as { outputPage: Record<string, (...v: unknown[]) => unknown> };
      return outputPage[task]!(...values);
    },
    [name, args] as [string, unknown[]],
  ) as Promise<Awaited<ReturnType<OutputPage[Name]>>>;
}

const rgb = ({ width, data }: Picture, x: number, y: number): number[] =>
  data.slice(4 * (y * width + x), 4 * (y * width + x) + 3);

/** Mean absolute difference of the channels. `at` maps pixels of `a` to pixels of `b`. */
function difference(a: Picture, b: Picture, at: (x: number, y: number) => [number, number] = (x, y) => [x, y]): number {
  let sum = 0;
  for (let y = 0; y < a.height; y++)
    for (let x = 0; x < a.width; x++)
      rgb(a, x, y).forEach((value, c) => (sum += Math.abs(value - rgb(b, ...at(x, y))[c]!)));
  return sum / (3 * a.width * a.height);
}

/** A moving portrait changes by less than this from one moment to the next; any other change of the picture is larger. */
const MOTION_DIFFERENCE = 6;

describe('background', () => {
  test('transparent: nothing around the person, all of the person, premultiplied at the edge', async () => {
    const [black, white] = await call('seenOverBoth', 'black', 'white');
    // The page shows colour + (1 - alpha) page, so alpha follows from two colours of the page.
    const alpha = (x: number, y: number): number =>
      255 - (rgb(white, x, y).reduce((a, b) => a + b) - rgb(black, x, y).reduce((a, b) => a + b)) / 3;
    for (const [x, y] of [
      [2, 2],
      [SIDE - 3, 2],
      [10, 30],
      [SIDE - 6, 50],
    ] as const) {
      expect(alpha(x, y)).toBeLessThan(2);
      expect(Math.max(...rgb(black, x, y))).toBeLessThan(2);
    }
    for (const [x, y] of [
      [64, 35],
      [64, 55],
      [59, 70],
      [64, 110],
    ] as const)
      expect(alpha(x, y)).toBeGreaterThan(253);
    let edges = 0;
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const a = alpha(x, y);
        if (a < 30 || a > 225) continue;
        edges++;
        for (const value of rgb(black, x, y)) expect(value).toBeLessThan(a + 12); // Premultiplied: no brighter than alpha.
      }
    }
    expect(edges).toBeGreaterThan(60);
  });

  test('a colour fills the background', async () => {
    await call('setOutput', { background: 'rgb(20 140 60)' });
    const picture = await call('seenOver', 'white');
    for (const [x, y] of [
      [2, 2],
      [SIDE - 3, 40],
    ] as const)
      rgb(picture, x, y).forEach((value, c) => expect(Math.abs(value - [20, 140, 60][c]!)).toBeLessThan(3));
  });

  test('an image fills the frame, cropped on its long side', async () => {
    await call('setImageBackground');
    const picture = await call('seenOver', 'white');
    expect(rgb(picture, 4, 4)).toEqual([0, 0, 255]);
    expect(rgb(picture, SIDE - 5, 4)).toEqual([255, 0, 0]);
  });

  test('the photo’s own background can be sharp or blurred', async () => {
    await call('setOutput', { background: 'photo' });
    const sharp = await call('seenOver', 'white');
    await call('setOutput', { background: { blur: 8 } });
    const soft = await call('seenOver', 'white');
    const roughness = (picture: Picture): number => {
      let sum = 0;
      for (let y = 2; y < 30; y++)
        for (let x = 2; x < 20; x++) sum += Math.abs(rgb(picture, x, y)[0]! - rgb(picture, x + 1, y)[0]!);
      return sum;
    };
    expect(roughness(soft)).toBeLessThan(0.7 * roughness(sharp));
    const face = (picture: Picture): number => {
      let sum = 0;
      for (let y = 45; y < 65; y++) for (let x = 54; x < 74; x++) sum += rgb(picture, x, y)[1]!;
      return sum / 400;
    };
    expect(Math.abs(face(soft) - face(sharp))).toBeLessThan(6);
  });
});

describe('crop and mirroring', () => {
  test('mirror swaps left and right', async () => {
    await call('setOutput', { background: 'photo', mirror: false });
    const plain = await call('seenOver', 'white');
    await call('setOutput', { mirror: true });
    const mirrored = await call('seenOver', 'white');
    expect(difference(plain, mirrored)).toBeGreaterThan(3 * MOTION_DIFFERENCE);
    expect(difference(plain, mirrored, (x, y) => [SIDE - 1 - x, y])).toBeLessThan(MOTION_DIFFERENCE);
  });

  test('zoom shows a part of the photo, magnified', async () => {
    await call('setOutput', { mirror: false });
    const whole = await call('seenOver', 'white');
    await call('setOutput', { crop: { zoom: 2, x: 0.5, y: 0.5 } });
    const part = await call('seenOver', 'white');
    expect(difference(part, whole)).toBeGreaterThan(3 * MOTION_DIFFERENCE);
    const half = (x: number): number => Math.floor(SIDE / 4 + x / 2);
    expect(difference(part, whole, (x, y) => [half(x), half(y)])).toBeLessThan(2 * MOTION_DIFFERENCE);
  });
});

test('size and aspect ratio can be changed while the portrait runs', async () => {
  await call('setOutput', { crop: 'photo', width: 160, height: 90, background: 'transparent' });
  const picture = await call('seenOver', 'black');
  expect([picture.width, picture.height]).toEqual([160, 90]);
  expect(Math.max(...rgb(picture, 80, 45))).toBeGreaterThan(40);
  await call('setOutput', { width: SIDE, height: SIDE, background: 'photo' });
  expect((await call('seenOver', 'black')).width).toBe(SIDE);
});

test('Display-P3 shows the same colours on an sRGB page', async () => {
  const before = await call('seenOver', 'white');
  await call('setOutput', { colorSpace: 'display-p3' });
  expect(difference(await call('seenOver', 'white'), before)).toBeLessThan(MOTION_DIFFERENCE);
  await call('setOutput', { colorSpace: 'srgb' });
});

test('invalid options are refused and change nothing', async () => {
  expect(await call('setOutputFailure', { background: 'no colour at all' })).toBe('invalid-option');
  expect(await call('setOutputFailure', { width: 10 })).toBe('invalid-option');
  expect(rgb(await call('seenOver', 'white'), 2, 2)).not.toEqual([255, 255, 255]);
});

test('a saved portrait is shown again without an analysis, and a damaged one is refused', async () => {
  const before = await call('seenOver', 'white');
  const { analysed, loaded, bytes, type } = await call('saveAndLoad');
  console.log(
    `analysed in ${analysed.toFixed(0)} ms, loaded in ${loaded.toFixed(0)} ms, ${(bytes / 1e6).toFixed(2)} MB`,
  );
  expect(type).toBe('application/x-talking-portrait');
  expect(difference(await call('seenOver', 'white'), before)).toBeLessThan(MOTION_DIFFERENCE);
  expect(await call('setDamagedPortrait')).toBe('portrait-corrupt');
});

// This test changes photo and output, so it comes last.
test('colours of the photo beyond sRGB are kept on Display-P3 and clipped to sRGB elsewhere', async () => {
  const near = (seen: number[], wanted: number[]): void =>
    seen.forEach((value, c) =>
      expect(Math.abs(value - wanted[c]!), `${seen.join()} for ${wanted.join()}`).toBeLessThan(6),
    );
  near(await call('showWideGamut', 'display-p3'), [255, 0, 0]);
  near(await call('showWideGamut', 'srgb'), [234, 51, 35]);
});

test('the page reports no problems', () => {
  expect(opened.problems).toEqual([]);
});
