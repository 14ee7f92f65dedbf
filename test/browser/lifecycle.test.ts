/** @file The life of portraits on one canvas in Chromium: created, aborted, closed, without a worker, and back again. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openPage, type OpenPage } from './support/open-page';
import type { LifecyclePage } from './pages/lifecycle';

declare const lifecyclePage: LifecyclePage;

let opened: OpenPage;
beforeAll(async () => {
  opened = await openPage('test/browser/pages/lifecycle.html');
  await opened.page.waitForFunction(() => 'lifecyclePage' in globalThis);
});
afterAll(() => opened.close());

test('a canvas works again after a failed, an aborted and a closed portrait, and for two at once', async () => {
  expect(await opened.page.evaluate(() => lifecyclePage.reuse())).toEqual(['image-corrupt', 'aborted']);
});

test('events are heard from the start, and "ready" also by whoever comes later', async () => {
  expect(await opened.page.evaluate(() => lifecyclePage.events())).toEqual(['idle', 'from the start', 'afterwards']);
});

test('closing settles every pending call with a code; a signal aborts only its call', async () => {
  expect(await opened.page.evaluate(() => lifecyclePage.close())).toEqual([
    'aborted',
    'closed',
    'closed',
    'closed',
    'closed',
    'closed',
    'ok',
  ]);
});

test('a worker that dies is started again with portrait and output, twice a minute; then there is one error', async () => {
  const { outcomes, events, width } = await opened.page.evaluate(() => lifecyclePage.death());
  expect(outcomes).toEqual(['worker-failed', 'ok', 'worker-failed', 'ok', 'worker-failed']);
  expect(width).toBe(80);
  expect(events).toEqual([
    expect.stringContaining('started again'),
    expect.stringContaining('started again'),
    'worker-failed',
  ]);
});

test('a canvas that is used in another way is refused', async () => {
  expect(await opened.page.evaluate(() => lifecyclePage.takenCanvas())).toBe('invalid-option');
});

test('a snapshot is a PNG of the size of the output; captured tracks end with the portrait', async () => {
  expect(await opened.page.evaluate(() => lifecyclePage.snapshot())).toEqual({
    type: 'image/png',
    width: 96,
    after: 'closed',
    tracks: ['audio live', 'video live', 'audio ended', 'video ended'],
  });
});

test('the page reports only the fault of its own listener', () => {
  const problems = opened.problems.filter((text) => !text.endsWith('net::ERR_ABORTED')); // by a signal, on purpose
  expect(problems).toEqual(['uncaught: a listener that fails, on purpose']);
});
