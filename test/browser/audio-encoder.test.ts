/** @file An encoder that the user brings (it hears loudness, test/fixtures/window-encoder.py) moves the mouth live and in a file. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { AudioEncoderPage } from './pages/audio-encoder';
import { openPage, type OpenPage } from './support/open-page';

declare const audioEncoderPage: AudioEncoderPage;

let opened: OpenPage;
/** Paths of everything fetched, by the workers as well. */
const requested: string[] = [];
beforeAll(async () => {
  opened = await openPage('test/browser/pages/audio-encoder.html');
  opened.page.on('request', (request) => requested.push(new URL(request.url()).pathname));
  await opened.page.waitForFunction(() => 'audioEncoderPage' in globalThis);
  await opened.page.locator('canvas').click(); // sound needs a gesture
});
afterAll(() => opened.close());

test('renderVideo: the mouth is closed in silence and opens with the tone, at its time', async () => {
  const opening = await opened.page.evaluate(() => audioEncoderPage.render());
  expect(opening).toHaveLength(50);
  expect(Math.max(...opening.slice(0, 24))).toBeLessThan(0.02);
  expect(Math.min(...opening.slice(28))).toBeGreaterThan(0.06);
});

test('create: the library’s own encoder is not loaded', async () => {
  await opened.page.evaluate(() => audioEncoderPage.create());
  expect(requested).toContain('/test/fixtures/window-encoder.onnx');
  expect(requested).toContain('/models/motion.onnx');
  expect(requested.filter((path) => path.startsWith('/models/audio-encoder'))).toEqual([]);
});

// A tone opens the mouth: its place darkens by far more than the picture changes at rest.
test('speak: speech is told and the mouth opens', async () => {
  const { events, before, darkest } = await opened.page.evaluate(() => audioEncoderPage.speak());
  expect(events).toEqual(['speechstart']);
  expect(before - darkest).toBeGreaterThan(10);
});

test('listen: the same for a live voice', async () => {
  const { events, before, darkest } = await opened.page.evaluate(() => audioEncoderPage.listen());
  expect(events).toEqual(['speechstart']);
  expect(before - darkest).toBeGreaterThan(10);
});

test('what is no encoder is refused at the start, with value and remedy', async () => {
  const failure = (graph: string) => opened.page.evaluate((url) => audioEncoderPage.failure({ graph: url }), graph);
  expect(await failure('/models/face-detector.onnx')).toMatch(/^invalid-option: .*graph takes no waveform.*16 kHz/);
  expect(await failure('/README.md')).toMatch(/^weights-corrupt/);
  expect(await failure('/models/none.onnx')).toMatch(/^invalid-option: .*none\.onnx/);
});

test('nothing else went wrong on the page', () => {
  // The missing file above is one failed request.
  expect(opened.problems.filter((problem) => !problem.includes('404'))).toEqual([]);
});
