/**
 * @file Many lives of portraits in one page of Chrome or Chromium: how the heap grows when portraits are created and closed, and
 * whether random calls of everything that is public, and calls with arguments that make no sense, leave anything pending, open or
 * audible.
 *
 *   node bench/run.mjs lives [--lives 50] [--sequences 100] [--calls 40] [--junk 10] [--seed 1]
 *
 * The heap of the page is read after a forced garbage collection. Workers have heaps of their own, which end with them.
 */
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { launchChrome } from '../../cli/chrome.mjs';
import { startPageServer } from '../../test/fixtures/page-server';
import type { LivesPage } from '../../test/fixtures/lives-page';

declare const livesPage: LivesPage;

/** The heap is told after so many lives. */
const LIVES_PER_LINE = 10;
/** Calls of a sequence with arguments that make no sense. */
const JUNK_CALLS = 300;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      lives: { type: 'string', default: '50' },
      sequences: { type: 'string', default: '100' },
      calls: { type: 'string', default: '40' },
      junk: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
    },
  });
  const server = await startPageServer();
  const browser = await launchChrome({ microphone: '' });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}test/browser/pages/lives.html`);
    await page.waitForFunction(() => 'livesPage' in globalThis);
    await page.locator('button').click(); // Playback needs a user gesture.
    await createAndClose(page, Number(values.lives));
    await randomCalls(page, Number(values.seed), Number(values.sequences), Number(values.calls));
    await junkCalls(page, Number(values.seed), Number(values.junk));
  } finally {
    await browser.close();
    await server.close();
  }
}

async function createAndClose(page: Page, lives: number): Promise<void> {
  const times: number[] = [];
  for (let life = 1; life <= lives; life++) {
    const start = performance.now();
    const left = await page.evaluate(() => livesPage.createAndClose());
    times.push(performance.now() - start);
    if (left.length > 0) console.log(`life ${life}: ${left.join(', ')}`);
    if (life % LIVES_PER_LINE === 0 || life === 1) console.log(`life ${life}: heap ${await heapOf(page)}`);
  }
  // The first one analyses the photo and compiles everything.
  const sorted = times.slice(1).toSorted((a, b) => a - b);
  console.log(`create and close: median ${Math.round(sorted[sorted.length >> 1] ?? 0)} ms`);
}

async function randomCalls(page: Page, seed: number, sequences: number, count: number): Promise<void> {
  let faulty = 0;
  for (let n = 0; n < sequences; n++) {
    const { calls, faults } = await page.evaluate(([chosen, length]) => livesPage.live(chosen, length), [
      seed + n,
      count,
    ] as const);
    if (faults.length === 0) continue;
    faulty++;
    console.log(`seed ${seed + n}: ${faults.join('; ')}\n  after ${calls.join(', ')}`);
  }
  console.log(`random calls: ${sequences} sequences of ${count}, ${faulty} with faults; heap ${await heapOf(page)}`);
}

async function junkCalls(page: Page, seed: number, sequences: number): Promise<void> {
  let faulty = 0;
  for (let n = 0; n < sequences; n++) {
    const { faults } = await page.evaluate(([chosen, length]) => livesPage.junk(chosen, length), [
      seed + n,
      JUNK_CALLS,
    ] as const);
    if (faults.length === 0) continue;
    faulty++;
    console.log(`junk, seed ${seed + n}: ${faults.join('; ')}`);
  }
  console.log(`junk: ${sequences} sequences of ${JUNK_CALLS} calls, ${faulty} with faults`);
}

async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return `${(usedSize / 1e6).toFixed(2)} MB`;
}
