/**
 * @file Speaks a voice in chunks that come at uneven times, in Chrome or Chromium, and measures how the mouth in the pictures follows
 * the sound that leaves the page, the time to the first sound, frame rate and heap.
 *
 *   node bench/run.mjs sync [--minutes 10] [--size 256]
 */
import { parseArgs } from 'node:util';
import type { CDPSession } from 'playwright-core';
import { launchChrome } from '../../cli/chrome.mjs';
import { startPageServer } from '../../test/fixtures/page-server';
import type { SyncPage } from '../../test/fixtures/sync-page';

declare const syncPage: SyncPage;

const HEAP_INTERVAL_MS = 60_000;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { minutes: { type: 'string', default: '10' }, size: { type: 'string', default: '256' } },
  });
  const server = await startPageServer();
  const browser = await launchChrome();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}test/browser/pages/sync.html`);
    await page.waitForFunction(() => 'syncPage' in globalThis);
    await page.locator('button').click(); // Playback needs a user gesture.
    const session = await page.context().newCDPSession(page);
    const timer = setInterval(() => void heapOf(session).then((heap) => console.log(`heap ${heap}`)), HEAP_INTERVAL_MS);
    const report = await page.evaluate(([seconds, size]) => syncPage.speak(seconds, size), [
      Number(values.minutes) * 60,
      Number(values.size),
    ] as const);
    clearInterval(timer);
    const { reason, spokenMs, firstSoundMs, firstMouthMs } = report;
    console.log(`voice: ${reason} after ${spokenMs} ms`);
    console.log(
      `first sound ${firstSoundMs.toFixed(0)} ms, first open mouth ${firstMouthMs.toFixed(0)} ms after the first chunk`,
    );
    console.log(`drawn mouth against the sound, ms: ${spread(report.mouthMs)}, correlation ${spread(report.fits)}`);
    console.log(`stats.skewMs: ${spread(report.skewMs)}`);
    console.log(`stats.fps: ${spread(report.fps)}`);
    console.log(`heap ${await heapOf(session)}`);
  } finally {
    await browser.close();
    await server.close();
  }
}

/** 5 %, median and 95 %. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(2);
  return `5 % ${at(0.05)}, median ${at(0.5)}, 95 % ${at(0.95)} of ${sorted.length}`;
}

async function heapOf(session: CDPSession): Promise<string> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return `${(usedSize / 1e6).toFixed(2)} MB`;
}
