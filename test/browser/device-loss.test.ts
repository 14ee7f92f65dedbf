/**
 * @file The GPU process of a real Chromium crashes while a portrait runs. The worker gets another device and draws on it.
 *
 * Whether the page shows those pictures is not tested: Chromium 156 with SwiftShader presents no further pictures of a canvas
 * that was transferred to a worker before the crash. After a second crash within a minute it offers no adapter.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { DeviceLossPage } from './pages/device-loss';
import { openPage, type OpenPage } from './support/open-page';

declare const deviceLossPage: DeviceLossPage;

let opened: OpenPage;
beforeAll(async () => {
  opened = await openPage('test/browser/pages/device-loss.html');
  await opened.page.waitForFunction(() => 'deviceLossPage' in globalThis);
  await opened.page.evaluate(() => deviceLossPage.create());
  await opened.page.waitForFunction(() => (deviceLossPage.stats?.fps ?? 0) > 0);
});
afterAll(() => opened.close());

const events = () => opened.page.evaluate(() => deviceLossPage.events.splice(0));

test('the device is lost and restored, and pictures are drawn again', async () => {
  await events();
  const devTools = await opened.page.context().browser()!.newBrowserCDPSession();
  // The command may end with the process that it ends.
  void devTools.send('Browser.crashGpuProcess').catch(() => {});
  await opened.page.waitForFunction(() => deviceLossPage.events.includes('restored'), null, { timeout: 120_000 });
  await opened.page.waitForFunction(() => (deviceLossPage.stats?.fps ?? 0) > 0, null, { timeout: 120_000 });
  expect(await events()).toEqual(['lost', 'restored']);
});

test('the output can be changed afterwards', async () => {
  await opened.page.evaluate(() => deviceLossPage.setWidth(160)); // It rejects if it fails.
  expect(await events()).toEqual([]);
});

test('a voice can be spoken afterwards, to its end', async () => {
  await opened.page.mouse.click(1, 1); // Sound needs a user gesture.
  await opened.page.evaluate(() => deviceLossPage.speak(1));
  await opened.page.waitForFunction(() => deviceLossPage.events.includes('idle'));
  expect(await events()).toEqual(['speaking', 'idle']);
});

test('the log tells each transition once, and the portrait can be closed', async () => {
  await opened.page.evaluate(() => deviceLossPage.close());
  const log = await opened.page.evaluate(() => deviceLossPage.log);
  expect(log.map(({ source, message }) => `${source}: ${message}`)).toEqual([
    'animator.gpu: GPU device acquired',
    'animator: Models loaded',
    'animator.stage: Portrait set',
    'animator.gpu: GPU device lost',
    'animator.gpu: GPU device restored',
    'page: Playback begun',
    'animator.voice: Voice begun',
    'animator.voice: Voice ended',
    'animator: Closed',
    'page: Closed',
  ]);
  expect(log.every(({ level }) => level === 'info')).toBe(true);
  expect(opened.problems).toEqual([]);
});
