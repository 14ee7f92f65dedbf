/**
 * @file A user's own audio encoder, which reacts to loudness (test/fixtures/window-encoder.py), moves the mouth live
 * and in a file.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { AudioEncoderPage } from './pages/audio-encoder';
import { openPage, type OpenPage } from './support/open-page';

declare const audioEncoderPage: AudioEncoderPage;

let opened: OpenPage;
/** Paths of all requests, including those of the workers. */
const requested: string[] = [];
beforeAll(async () => {
  opened = await openPage('test/browser/pages/audio-encoder.html');
  opened.page.on('request', (request) => requested.push(new URL(request.url()).pathname));
  await opened.page.waitForFunction(() => 'audioEncoderPage' in globalThis);
  await opened.page.locator('canvas').click(); // playback needs a user gesture
});
afterAll(() => opened.close());

test('renderVideo: the mouth is closed in silence and opens when the tone starts', async () => {
  const opening = await opened.page.evaluate(() => audioEncoderPage.render());
  expect(opening).toHaveLength(50);
  expect(Math.max(...opening.slice(0, 24))).toBeLessThan(0.02);
  expect(Math.min(...opening.slice(28))).toBeGreaterThan(0.06);
});

test('create: the encoder of the library is not loaded', async () => {
  await opened.page.evaluate(() => audioEncoderPage.create());
  expect(requested).toContain('/test/fixtures/window-encoder.onnx');
  expect(requested).toContain('/models/motion.onnx');
  expect(requested.filter((path) => path.startsWith('/models/audio-encoder'))).toEqual([]);
});

// When the mouth opens, its region darkens by much more than it changes in silence.
test('speak: speechstart is emitted and the mouth opens', async () => {
  const { events, before, darkest } = await opened.page.evaluate(() => audioEncoderPage.speak());
  expect(events).toEqual(['speechstart']);
  expect(before - darkest).toBeGreaterThan(10);
});

test('listen: speechstart is emitted and the mouth opens for a live voice', async () => {
  const { events, before, darkest } = await opened.page.evaluate(() => audioEncoderPage.listen());
  expect(events).toEqual(['speechstart']);
  expect(before - darkest).toBeGreaterThan(10);
});

test('create rejects a file that is not an encoder, with value and remedy', async () => {
  const failure = (graph: string) => opened.page.evaluate((url) => audioEncoderPage.failure({ graph: url }), graph);
  expect(await failure('/models/face-detector.onnx')).toMatch(
    /^invalid-option: .*graph does not accept a waveform.*16 kHz/,
  );
  expect(await failure('/README.md')).toMatch(/^weights-corrupt/);
  expect(await failure('/models/none.onnx')).toMatch(/^invalid-option: .*none\.onnx/);
});

test('there were no other problems on the page', () => {
  // One failed request is expected: the missing file above.
  expect(opened.problems.filter((problem) => !problem.includes('404'))).toEqual([]);
});
