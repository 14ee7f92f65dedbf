/** @file The mouth in the pictures against the sound that leaves the page, in Chromium. `npm run bench:sync` measures it for long. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { SyncPage } from '../fixtures/sync-page';
import { openPage, type OpenPage } from './support/open-page';

declare const syncPage: SyncPage;

let opened: OpenPage;
beforeAll(async () => {
  opened = await openPage('test/browser/pages/sync.html');
  await opened.page.waitForFunction(() => 'syncPage' in globalThis);
  await opened.page.locator('button').click(); // Playback needs a user gesture.
});
afterAll(() => opened.close());

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

test('a voice in chunks at uneven times: the drawn mouth moves with the sound', async () => {
  const report = await opened.page.evaluate(() => syncPage.speak(18, 128));
  expect(report).toMatchObject({ reason: 'finished', spokenMs: expect.closeTo(18_000, -3) });
  // What is compared has to be alike, or a delay says nothing.
  expect(median(report.fits)).toBeGreaterThan(0.3);
  // People notice a picture that is later than 45 ms, or earlier than 125 ms (ITU-R BT.1359).
  expect(median(report.mouthMs)).toBeGreaterThan(-125);
  expect(median(report.mouthMs)).toBeLessThan(45);
  expect(median(report.skewMs)).toBeGreaterThan(-125);
  expect(median(report.skewMs)).toBeLessThan(45);
});
