/** @file The recorder's sound decoder and video writer in Chromium: whatever is put in comes out at the right time. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RecorderParts } from './pages/recorder-parts';
import { openPage, type OpenPage } from './support/open-page';

let opened: OpenPage;
beforeAll(async () => {
  opened = await openPage('test/browser/pages/recorder-parts.html');
  await opened.page.waitForFunction(() => 'recorderParts' in globalThis);
});
afterAll(() => opened.close());

/** Runs a function of the page. */
function call<Name extends keyof RecorderParts>(
  name: Name,
  ...args: Parameters<RecorderParts[Name]>
): Promise<Awaited<ReturnType<RecorderParts[Name]>>> {
  return opened.page.evaluate(
    ([task, values]) => {
      const { recorderParts } = globalThis as unknown as {
        recorderParts: Record<string, (...v: unknown[]) => unknown>;
      };
      return recorderParts[task]!(...values);
    },
    [name, args] as [string, unknown[]],
  ) as Promise<Awaited<ReturnType<RecorderParts[Name]>>>;
}

describe('decodeAudio', () => {
  // The fixture: 0.6 s at 16 kHz, almost silent, with a tone of amplitude 0.7 from 0.3 s to 0.35 s.
  test.each([
    ['click.wav', 0.001],
    ['click.flac', 0.001],
    ['click.ogg', 0.005],
    ['click.opus', 0.005],
    ['click.mp3', 0.08],
  ])('decodes %s with the tone at 0.3 s', async (name, tolerance) => {
    const heard = await call('decode', `/test/fixtures/${name}`);
    expect(Math.abs(heard.onset - 0.3)).toBeLessThan(tolerance);
    expect(heard.peak).toBeGreaterThan(0.6);
    expect(heard.peak).toBeLessThan(0.85);
    expect(heard.seconds).toBeGreaterThan(0.59);
    expect(heard.seconds).toBeLessThan(0.75);
  });

  test('refuses a file without sound, with a reason and a remedy', async () => {
    const error = await call('decodeNonsense', 'this is not a sound file, only a line of text');
    expect(error.code).toBe('audio-corrupt');
    expect(error.message).toMatch(/WAV, FLAC, MP3 or Ogg/);
  });
});

describe('VideoWriter', () => {
  test.each(['mp4', 'webm'] as const)(
    'writes every frame to %s, with flash and tone at the same time',
    async (container) => {
      const frames = 30;
      const flash = 13;
      const file = await call('write', container, frames, flash);
      expect(file.type).toBe(`video/${container}`);
      expect(file.mimeType).toMatch(/opus/);
      expect(file.pictures).toHaveLength(frames);
      file.pictures.forEach(({ timestamp, rgb }, index) => {
        expect(timestamp).toBeCloseTo(index / 25, 3);
        const [red, green, blue] = index === flash ? [255, 255, 255] : [(index / frames) * 255, 0, 127.5];
        expect(Math.abs(rgb[0] - red)).toBeLessThan(16);
        expect(Math.abs(rgb[1] - green)).toBeLessThan(16);
        expect(Math.abs(rgb[2] - blue)).toBeLessThan(16);
      });
      expect(Math.abs(file.sound.onset - flash / 25)).toBeLessThan(0.01);
      expect(file.sound.seconds).toBeGreaterThan(frames / 25 - 0.03);
      expect(file.sound.seconds).toBeLessThan(frames / 25 + 0.05);
    },
  );
});

test('the page reports no problems', () => {
  expect(opened.problems).toEqual([]);
});
