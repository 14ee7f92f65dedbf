/**
 * @file The GPU process of a real Chromium crashes while a portrait runs. The worker gets another device and draws on it, the page
 * shows those pictures, and after too many crashes there is one final error.
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
  await opened.page.evaluate(() => deviceLossPage.untilPictureChanges());
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

test('after too many crashes there is one final error, which later calls throw too', async () => {
  const isOver = () => deviceLossPage.events.some((event) => event.startsWith('error'));
  let seen: string[] = [];
  // Chromium offers no adapter for minutes after the second crash or after the third.
  for (let crash = 0; crash < 3 && !seen.some((event) => event.startsWith('error')); crash++) {
    const devTools = await opened.page.context().browser()!.newBrowserCDPSession();
    void devTools.send('Browser.crashGpuProcess').catch(() => {});
    await opened.page.waitForFunction(() => deviceLossPage.events.includes('lost'), null, { timeout: 120_000 });
    await Promise.race([
      opened.page.waitForFunction(isOver, null, { timeout: 120_000 }),
      opened.page.waitForFunction(() => deviceLossPage.events.includes('restored'), null, { timeout: 120_000 }),
    ]);
    seen = [...seen, ...(await events())];
  }
  expect(seen.filter((event) => event.startsWith('error'))).toEqual([expect.stringContaining('GPU device was lost')]);
  expect(await opened.page.evaluate(() => deviceLossPage.setWidth(128).catch(({ code }) => code))).toBe('device-lost');
});

test('the log tells each transition once, and the portrait can be closed', async () => {
  await opened.page.evaluate(() => deviceLossPage.close());
  const log = await opened.page.evaluate(() => deviceLossPage.log);
  const told = log.map(({ source, message }) => `${source}: ${message}`);
  expect(told.filter((line) => line === 'animator: GPU failed')).toHaveLength(1);
  expect(told.slice(0, 8)).toEqual([
    'animator.gpu: Drawing device acquired',
    'animator: Models loaded',
    'animator.stage: Portrait set',
    'animator.gpu: GPU device lost',
    'animator.gpu: Drawing device restored',
    'page: Playback begun',
    'animator.voice: Voice begun',
    'animator.voice: Voice ended',
  ]);
  expect(told.slice(-2)).toEqual(['animator: Closed', 'page: Closed']);
  expect(opened.problems).toEqual([]);
});
