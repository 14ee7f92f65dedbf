/** @file The voices of the page in Chromium, with real sound: what is heard, what the worker is told, how voices end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openPage, type OpenPage } from './support/open-page';
import type { VoicesPage } from './pages/voices';

declare const voicesPage: VoicesPage;

let opened: OpenPage;
beforeAll(async () => {
  opened = await openPage('test/browser/pages/voices.html');
  await opened.page.waitForFunction(() => 'voicesPage' in globalThis);
  await opened.page.locator('button').click(); // Playback needs a user gesture.
});
afterAll(() => opened.close());

// On a busy machine the audio thread itself may skip, so sound and gaps are compared with a margin.
describe('a second of tone is heard once, to its end, and the worker gets all of it', () => {
  test.each([
    'buffer',
    'file',
    'jittery bytes',
    'encoded stream',
    'Float32 chunks',
    'chunks of a speech engine',
  ] as const)('from %s', async (name) => {
    const { end, speech, recording } = await opened.page.evaluate((source) => voicesPage.speak(source), name);
    expect(end).toEqual({ reason: 'finished', spokenMs: expect.closeTo(1000, -2), text: '' });
    expect(speech).toMatchObject({ ended: true, closed: true });
    expect(recording.soundMs).toBeGreaterThan(850);
    expect(recording.soundMs).toBeLessThan(1100);
    const running = speech.clocks.filter(({ isRunning }) => isRunning);
    expect(running.length).toBeGreaterThan(5);
    // The clock agrees with itself: a second of samples is a second of time.
    const [first, last] = [running[0]!, running.at(-1)!];
    const rate = ((last.sample - first.sample) * 1000) / (last.epochMs - first.epochMs);
    expect(speech.samples / rate).toBeCloseTo(1, 1);
  });
});

test('sentences in a queue follow each other without a gap, and are one voice for the worker', async () => {
  const { ends, speeches, recording } = await opened.page.evaluate(() => voicesPage.queue());
  expect(ends.map(({ reason }) => reason)).toEqual(['finished', 'finished', 'finished']);
  expect(speeches).toBe(1);
  expect(recording.soundMs).toBeGreaterThan(1450);
});

test.each([
  ['stop', 'interrupted'],
  ['replace', 'replaced'],
] as const)('%s ends a voice: nothing of it sounds afterwards', async (how, reason) => {
  const { end, recording } = await opened.page.evaluate((name) => voicesPage.interrupt(name), how);
  expect(end.reason).toBe(reason);
  expect(end.spokenMs).toBeGreaterThan(200);
  // A busy page tells the audio thread late, but five seconds are never reached.
  expect(recording.soundMs).toBeLessThan(end.spokenMs + 500);
  expect(recording.soundMs).toBeLessThan(4500);
});

test('closing ends a voice, its AudioContext and captured tracks', async () => {
  const { end, states } = await opened.page.evaluate(() => voicesPage.close());
  expect(end.reason).toBe('interrupted');
  expect(states).toEqual(['closed', 'ended']);
});

test.each(['suspend', 'pause'] as const)('the clock stands still with the sound after %s, and goes on', async (how) => {
  const { end, still, running } = await opened.page.evaluate((name) => voicesPage.standStill(name), how);
  expect(running).toBe(false);
  expect(Math.abs(still)).toBeLessThan(100);
  expect(end).toMatchObject({ reason: 'finished', spokenMs: expect.closeTo(1500, -2) });
});

test('the sound output is suspended when nothing is said, and nothing of the next voice is lost', async () => {
  const { end, soundMs, skewMs } = await opened.page.evaluate(() => voicesPage.afterIdling());
  expect(end).toMatchObject({ reason: 'finished', spokenMs: expect.closeTo(1000, -2) });
  expect(soundMs).toBeGreaterThan(850);
  expect(Math.abs(skewMs)).toBeLessThan(80);
});

test('a voice that is written by hand rests while nothing comes, and tells its words as they are heard', async () => {
  const { end, captions, clocks } = await opened.page.evaluate(() => voicesPage.write());
  expect(captions).toEqual(['Hello', 'there.']);
  expect(end).toMatchObject({ reason: 'finished', text: 'Hello there.', spokenMs: expect.closeTo(800, -2) });
  expect(clocks.map(({ isRunning }) => isRunning)).toContain(false);
});

test('of calls that race the newest wins; overtaken voices never sound and settle', async () => {
  const { ends, recording } = await opened.page.evaluate(() => voicesPage.race());
  expect(ends.map((end) => end?.reason)).toEqual(['replaced', 'interrupted', 'interrupted', 'interrupted']);
  expect(ends.every((end) => end?.spokenMs === 0)).toBe(true);
  expect(recording.soundMs).toBe(0);
});

test('a failure is thrown to whoever waits, and told by an event otherwise', async () => {
  const { thrown, told } = await opened.page.evaluate(() => voicesPage.failures());
  expect(thrown).toBe('audio-corrupt');
  expect(told).toEqual(['audio-corrupt']);
});

test('without a user gesture a voice fails at once, and its AudioContext is closed', async () => {
  const { code, contexts } = await opened.page.evaluate(() => voicesPage.withoutGesture());
  expect(code).toBe('gesture-needed');
  expect(contexts).toEqual(['closed']);
});

test('the page reports no problems', () => {
  expect(opened.problems).toEqual([]);
});
