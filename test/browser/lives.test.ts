/**
 * @file Lives of portraits in Chromium: created and closed again and again, and random calls of everything that is public. Nothing
 * stays pending, open or audible. `npm run bench:lives` does the same many times over.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { LivesPage } from '../fixtures/lives-page';
import { openPage, type OpenPage } from './support/open-page';

declare const livesPage: LivesPage;

const FROZEN_MS = 8000;

let opened: OpenPage;
beforeAll(async () => {
  opened = await openPage('test/browser/pages/lives.html', { microphone: '' });
  await opened.page.waitForFunction(() => 'livesPage' in globalThis);
  await opened.page.locator('button').click(); // Playback needs a user gesture.
});
afterAll(() => opened.close());

test('a portrait that is closed leaves nothing open', async () => {
  expect(await opened.page.evaluate(() => livesPage.createAndClose())).toEqual([]);
});

test('after random calls and close() all is settled, closed and silent', async () => {
  const { calls, faults } = await opened.page.evaluate(() => livesPage.live(2, 25));
  expect(faults, calls.join(', ')).toEqual([]);
  expect(calls).toHaveLength(25);
});

test('arguments that make no sense are answered with typed errors', async () => {
  const { calls, faults } = await opened.page.evaluate(() => livesPage.junk(1, 100));
  expect(faults).toEqual([]);
  expect(calls).toBe(100);
});

test('a remote WebRTC track is followed, without the page attaching it to anything', async () => {
  const heard = await opened.page.evaluate(() => livesPage.followPeer());
  expect(heard).toContain('following');
  expect(heard.indexOf('speechstart')).toBeGreaterThan(heard.indexOf('following'));
  expect(heard).toContain('speechend');
});

// Only there can a process be stopped and continued.
test.skipIf(process.platform === 'win32')('a page that was frozen goes on with what is heard now', async () => {
  const { page } = opened;
  await page.evaluate(() => livesPage.follow());
  await page.waitForFunction(() => livesPage.readings().some(({ fps }) => fps > 2));
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  expect(renderers).not.toEqual([]);
  for (const id of renderers) process.kill(id, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
  for (const id of renderers) process.kill(id, 'SIGCONT');
  const readings: ReturnType<LivesPage['readings']> = [];
  while (readings.filter(({ fps }) => fps > 2).length < 10) {
    await page.waitForTimeout(500);
    readings.push(...(await page.evaluate(() => livesPage.readings())));
  }
  await page.evaluate(() => livesPage.stopFollowing());
  // What was missed is skipped: a picture is never as late as the page was frozen.
  expect(Math.max(...readings.map(({ latencyMs }) => latencyMs))).toBeLessThan(FROZEN_MS / 2);
});

test('nothing that page and workers ask for is at another origin, also when a video is made', async () => {
  expect(await opened.page.evaluate(() => livesPage.render())).toBeGreaterThan(0);
  const { origin } = new URL(opened.page.url());
  expect(opened.requests.filter((address) => address.origin !== origin).map(String)).toEqual([]);
  const paths = opened.requests.map(({ pathname }) => pathname);
  // What only the workers ask for is among them.
  expect(paths).toContain('/models/face-model.safetensors');
  expect(paths.filter((path) => path.endsWith('.wasm'))).not.toEqual([]);
});
