/**
 * @file The library in Firefox and WebKitGTK, which have no WebGPU on Linux: a portrait speaks a recording and follows a stream and a
 * microphone. Chromium has tests of its own. A browser that is not installed, or
 * does not start here, is skipped.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type EnginePage, waitOn } from './support/engine';
import { openFirefox } from './support/firefox';
import { openWebKit } from './support/webkit';

/** Screenshots for people; git ignores them. */
const SHOTS = fileURLToPath(new URL('../../out/engines/', import.meta.url));
/** Length of the recording. Decoders disagree about the silence at the ends of an MP3. */
const SPOKEN_MS = 8592;
const SPOKEN_TOLERANCE_MS = 120;
/** A picture may be this much early or late. */
const SKEW_MS = [-125, 45] as const;
const PICTURES = 12;

describe.each([
  ['firefox', openFirefox],
  ['webkit', openWebKit],
])('%s', (name, open) => {
  let page: EnginePage | undefined;
  let idle = 0;

  beforeAll(async () => {
    page = await open().catch((error: unknown) => {
      console.warn(`${name} does not start here: ${String(error)}`);
      return undefined;
    });
    if (!page) return;
    await mkdir(SHOTS, { recursive: true });
    await page.goto(`${inject('pagesUrl')}test/engines/pages/portrait.html`);
    await waitOn(page, `return 'enginePage' in globalThis`);
  });
  afterAll(() => page?.close());

  const shot = async (what: string): Promise<void> =>
    writeFile(`${SHOTS}${name}-${what}.png`, await page!.screenshot());
  const noErrors = async (): Promise<void> => expect(await page!.run(`return enginePage.errors`)).toEqual([]);
  const movement = (): Promise<number> => page!.run<number>(`return enginePage.mouthMovement(${PICTURES})`);

  test('draws on the CPU, and tells why', async ({ skip }) => {
    if (!page) return skip(`${name} is not installed or does not start`);
    const support = await page.run<{ supported: boolean; renderer: string; rendererReason: string }>(
      `return enginePage.support()`,
    );
    expect(support).toMatchObject({ supported: true, renderer: 'cpu', motion: 'wasm' });
    expect(support.rendererReason).toMatch(/WebGPU/);
    await page.run(`await enginePage.create()`);
    await waitOn(page, `return enginePage.stats?.fps > 5`);
    expect(await page.run(`return enginePage.stats`)).toMatchObject({
      renderer: 'cpu',
      adapter: 'CPU',
      backend: 'wasm',
    });
    await shot('idle');
    await noErrors();
    idle = await movement();
  });

  test('speaks a recording to its end, in sync', async ({ skip }) => {
    if (!page) return skip(`${name} is not installed or does not start`);
    await page.click('#speak');
    await waitOn(page, `return enginePage.stats?.state === 'speaking' && enginePage.skews.length > 3`);
    const speaking = await movement();
    await shot('speaking');
    expect(speaking).toBeGreaterThan(2 * idle);
    await waitOn(page, `return enginePage.end !== undefined`);
    const { reason, spokenMs } = await page.run<{ reason: string; spokenMs: number }>(`return enginePage.end`);
    expect(reason).toBe('finished');
    expect(Math.abs(spokenMs - SPOKEN_MS)).toBeLessThan(SPOKEN_TOLERANCE_MS);
    const skews = await page.run<number[]>(`return enginePage.skews`);
    const median = skews.toSorted((a, b) => a - b)[skews.length >> 1]!;
    expect(median).toBeGreaterThan(SKEW_MS[0]);
    expect(median).toBeLessThan(SKEW_MS[1]);
    await noErrors();
  });

  test('follows a stream', async ({ skip }) => {
    if (!page) return skip(`${name} is not installed or does not start`);
    const before = await page.run<number>(`return enginePage.speechStarts`);
    await page.click('#listen');
    await waitOn(page, `return enginePage.stats?.state === 'following' && enginePage.speechStarts > ${before}`);
    expect(await movement()).toBeGreaterThan(2 * idle);
    await page.run(`await enginePage.stop()`);
    await noErrors();
  });

  test('follows a microphone, or tells that there is none', async ({ skip }) => {
    if (!page) return skip(`${name} is not installed or does not start`);
    await page.click('#microphone');
    await waitOn(page, `return enginePage.stats?.state === 'following' || enginePage.errors.length > 0`);
    const errors = await page.run<string[]>(`return enginePage.errors.splice(0)`);
    if (name === 'webkit') return expect(errors).toEqual([expect.stringContaining('No microphone was found')]);
    expect(errors).toEqual([]);
    await waitOn(page, `return enginePage.stats.level > -60`); // Firefox's fake microphone plays a tone.
    await page.run(`await enginePage.stop()`);
  });

  test('can be closed', async ({ skip }) => {
    if (!page) return skip(`${name} is not installed or does not start`);
    await expect(page.run(`await enginePage.close(); return enginePage.errors`)).resolves.toEqual([]);
  });

  test('runs the demo: the portrait speaks the sample', async ({ skip }) => {
    if (!page) return skip(`${name} is not installed or does not start`);
    await page.goto(`${inject('pagesUrl')}demo/index.html`);
    const phase = `document.getElementById('stage')?.dataset.phase`;
    await waitOn(page, `return ${phase} === 'idle' && !document.getElementById('start').disabled`);
    await page.click('#start');
    await waitOn(page, `return ${phase} === 'speaking'`);
    await waitOn(page, `return Number(document.getElementById('fps').value) > 5`);
    await shot('demo');
    expect(await page.run(`return document.getElementById('error').hidden`)).toBe(true);
    await waitOn(page, `return ${phase} === 'idle'`);
  });
});
