/** @file Capture in real Chromium: a WAV file plays as the microphone, and its PCM arrives over the port. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { writeTemporaryWav } from '../fixtures/wav-writer';
import type { CapturePage } from './pages/capture';
import { openPage, type OpenPage } from './support/open-page';

declare const capturePage: CapturePage;

const RATE_HZ = 44_100;
const TONE_HZ = 440;

let opened: OpenPage;
beforeAll(async () => {
  const length = 8 * RATE_HZ;
  const tone = Float32Array.from({ length }, (_, n) => 0.5 * Math.sin((2 * Math.PI * TONE_HZ * n) / RATE_HZ));
  opened = await openPage('test/browser/pages/capture.html', { microphone: await writeTemporaryWav(tone, RATE_HZ) });
  await opened.page.waitForFunction(() => 'capturePage' in globalThis);
});
afterAll(() => opened.close());

test.each([
  ['is accepted', false],
  ['is refused, so the native rate is used', true],
])('where 16 kHz %s: chunks of 20 ms arrive without a gap and contain the tone', async (_, refuse) => {
  const chunks = await opened.page.evaluate((refused) => capturePage.capture(60, refused), refuse);
  const { sampleRate } = chunks[0]!;
  if (refuse) expect(sampleRate).toBeGreaterThan(16_000);
  else expect(sampleRate).toBe(16_000);
  chunks.forEach((chunk, i) => {
    expect(chunk.sampleRate).toBe(sampleRate);
    expect(chunk.samples).toHaveLength(Math.round(sampleRate / 50));
    expect(chunk.startSample).toBe(i * chunk.samples.length);
  });
  // Each chunk after the capture has settled. On a busy machine the fake microphone itself skips, so most must be the tone.
  const settled = chunks.slice(10);
  const pure = settled.filter(({ samples }) => toneShare(samples, sampleRate) > 0.9);
  expect(pure.length).toBeGreaterThan(settled.length / 2);
  // Between chunks nothing is lost: the tone goes on in phase.
  const joined = settled
    .slice(1)
    .filter(({ samples }, i) => toneShare([...settled[i]!.samples, ...samples], sampleRate) > 0.9);
  expect(joined.length).toBeGreaterThan(settled.length / 2);
});

/** Share of the tone in the power of a chunk, 0 ... 1. A chunk of silence has none. */
function toneShare(samples: readonly number[], sampleRate: number): number {
  let [re, im, power] = [0, 0, 1e-4];
  samples.forEach((x, n) => {
    re += (2 / samples.length) * x * Math.cos((2 * Math.PI * TONE_HZ * n) / sampleRate);
    im += (2 / samples.length) * x * Math.sin((2 * Math.PI * TONE_HZ * n) / sampleRate);
    power += (x * x) / samples.length;
  });
  return (re * re + im * im) / 2 / power;
}

test('a stream of the page is captured and left open', async () => {
  const { value, state } = await opened.page.evaluate(() => capturePage.captureOwnStream());
  expect(value).toBeCloseTo(0.25, 2);
  expect(state).toBe('live');
});

test('the page reports no problems', () => {
  expect(opened.problems).toEqual([]);
});

test.each([
  ['no track', 'microphone-missing', 'MediaStream with audio'],
  ['no worklet', 'unsupported', 'audio.worklet.js'],
  ['refused', 'microphone-denied', 'address bar'],
] as const)('the error for "%s" says what to do', async (wrong, code, remedy) => {
  const error = await opened.page.evaluate((what) => capturePage.failure(what), wrong);
  expect(error).toEqual({ code, remedy: expect.stringContaining(remedy) });
});
