/**
 * @file The demo page in real Chromium, end to end, with the shipped models, a bundled portrait and a real recording as the
 * microphone. All tests use the same page, in order, because setting it up is slow on a machine without a GPU.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { writeTemporaryWav } from '../fixtures/wav-writer';
import { openPage, type OpenPage } from './support/open-page';

const ROOT = new URL('../../', import.meta.url);
/** Screenshots for people; git ignores them. */
const SHOTS = fileURLToPath(new URL('out/demo/', ROOT));
const MICROPHONE_RATE_HZ = 44_100;
const MICROPHONE_SECONDS = 240;
/** A software adapter takes minutes for what a GPU does in a second. */
const PATIENCE_MS = 240_000;
const PICTURES = 20;

let opened: OpenPage;
let page: Page;
const requests: string[] = [];

/** A real recording if the project's data is available, otherwise the bundled sample voice. */
async function findVoice(): Promise<URL> {
  const data = process.env['TALKING_PORTRAIT_DATA'] ?? fileURLToPath(new URL('../shared/data', ROOT));
  const clips = pathToFileURL(`${data}/eval-dev/audio/`);
  const real = (await readdir(clips).catch(() => [])).filter((name) => name.startsWith('cont_')).sort();
  return real[0] ? new URL(real[0], clips) : new URL('demo/voices/sample-woman.mp3', ROOT);
}

/** The voice in the form that Chrome's fake microphone takes: decoded by a browser and repeated, as a WAV file. */
async function recordMicrophone(): Promise<string> {
  const encoded = (await readFile(await findVoice())).toString('base64');
  const decoder = await openPage();
  const voice = await decoder.page.evaluate(
    async ([base64, rate]) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.buffer);
      return [...buffer.getChannelData(0)];
    },
    [encoded, MICROPHONE_RATE_HZ] as const,
  );
  await decoder.close();
  const samples = Array.from({ length: MICROPHONE_SECONDS * MICROPHONE_RATE_HZ }, (_, n) => voice[n % voice.length]!);
  return writeTemporaryWav(samples, MICROPHONE_RATE_HZ);
}

beforeAll(async () => {
  await mkdir(SHOTS, { recursive: true });
  opened = await openPage(undefined, {
    microphone: await recordMicrophone(),
    context: { viewport: { width: 1280, height: 860 }, colorScheme: 'light' },
  });
  page = opened.page;
  page.context().on('request', (request) => requests.push(request.url()));
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${inject('pagesUrl')}demo/index.html`);
  await page.waitForFunction(() => document.querySelector<HTMLButtonElement>('#start')!.disabled === false);
}, PATIENCE_MS + 120_000);
afterAll(() => opened.close());

const phase = () => page.evaluate(() => document.getElementById('stage')!.dataset['phase']);
const statusText = () => page.evaluate(() => document.getElementById('status')!.textContent);
const untilPhase = (name: string) =>
  page.waitForFunction((wanted) => document.getElementById('stage')!.dataset['phase'] === wanted, name);

/**
 * How much the mouth changes over `pictures` different pictures: mean standard deviation of its sorted grey levels, 0 ... 255.
 * They are sorted because a moving head only moves grey levels around, but an opening mouth adds dark ones and teeth. Pictures are
 * counted, not seconds, so that a slow machine measures the same.
 */
const mouthMovement = (pictures: number) =>
  page.evaluate(async (wanted) => {
    const source = document.querySelector<HTMLCanvasElement>('#canvas-place canvas')!;
    const [width, height] = [48, 32];
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    const seen: Float64Array[] = [];
    let before = '';
    while (seen.length < wanted) {
      await new Promise((resolve) => setTimeout(resolve, 80));
      const [w, h] = [source.width, source.height];
      context.drawImage(source, w * 0.42, h * 0.57, w * 0.16, h * 0.1, 0, 0, width, height); // The mouth of the drawing.
      const { data } = context.getImageData(0, 0, width, height);
      const grey = Float64Array.from(
        { length: width * height },
        (_, i) => (data[4 * i]! + data[4 * i + 1]! + data[4 * i + 2]!) / 3,
      );
      const picture = grey.join();
      if (picture !== before) seen.push(grey.sort());
      before = picture;
    }
    let total = 0;
    for (let i = 0; i < width * height; i++) {
      const mean = seen.reduce((sum, grey) => sum + grey[i]!, 0) / seen.length;
      total += Math.sqrt(seen.reduce((sum, grey) => sum + (grey[i]! - mean) ** 2, 0) / seen.length);
    }
    return total / (width * height);
  }, pictures);

/** Presses Tab until `selector` has the focus, and checks that the focus is visible at every stop. */
async function tabTo(selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate((wanted) => {
      const element = document.activeElement as HTMLElement;
      const marked = [element, element.closest('label')].some(
        (one) =>
          one && getComputedStyle(one).outlineStyle !== 'none' && parseFloat(getComputedStyle(one).outlineWidth) >= 2,
      );
      return { name: element.id || element.outerHTML.slice(0, 80), marked, there: element.matches(wanted) };
    }, selector);
    expect(stop, 'the focus must be visible').toMatchObject({ marked: true });
    if (stop.there) return;
  }
  throw new Error(`${selector} cannot be reached with Tab`);
}

describe('the demo page', () => {
  test('shows the idle portrait and says that it is ready', async () => {
    expect(await phase()).toBe('idle');
    expect(await statusText()).toBe('Ready.');
    expect(await page.locator('#loading').isVisible()).toBe(false);
    expect(await page.locator('#error').isVisible()).toBe(false);
    // The first picture reaches the page a little after `create` has resolved.
    await page.waitForFunction(() => {
      const context = new OffscreenCanvas(64, 64).getContext('2d')!;
      context.drawImage(document.querySelector<HTMLCanvasElement>('#canvas-place canvas')!, 0, 0, 64, 64);
      const { data } = context.getImageData(0, 0, 64, 64);
      const colour = (i: number): string => `${data[4 * i]! >> 4},${data[4 * i + 1]! >> 4},${data[4 * i + 2]! >> 4}`;
      return new Set(Array.from({ length: 4096 }, (_, i) => colour(i))).size > 50;
    });
    await page.screenshot({ path: `${SHOTS}light.png` });
  });

  test('shows statistics, adapter and backend', async () => {
    await page.waitForFunction(() => Number(document.querySelector<HTMLOutputElement>('#fps')!.value) > 0);
    const figures = await page.evaluate(() =>
      Object.fromEntries(
        ['interval', 'backend', 'adapter'].map((id) => [
          id,
          document.querySelector<HTMLOutputElement>(`#${id}`)!.value,
        ]),
      ),
    );
    expect(Number(figures['interval'])).toBeGreaterThan(0);
    expect(figures['backend']).toMatch(/^Web(GPU|Assembly)$/);
    expect(figures['adapter']).toMatch(/\w/);
  });

  test('can be used with the keyboard alone: choose the microphone, start, see the mouth move, stop', async () => {
    const idle = await mouthMovement(PICTURES);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await tabTo('input[name="face"]');
    await tabTo('input[name="voice"]');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('microphone');
    await tabTo('#start');
    await page.keyboard.press('Enter');
    await untilPhase('following');
    expect(await statusText()).toContain('Listening');
    await page.waitForFunction(() => Number(document.getElementById('meter')!.getAttribute('aria-valuenow')) > -50);
    const speaking = await mouthMovement(PICTURES);
    await page.screenshot({ path: `${SHOTS}listening.png` });
    expect(await page.evaluate(() => document.activeElement!.id)).toBe('start');
    await page.keyboard.press('Space');
    await untilPhase('idle');
    expect(await statusText()).toBe('Stopped.');
    console.info(`mouth movement, grey levels: ${idle.toFixed(2)} idle, ${speaking.toFixed(2)} with a voice`);
    expect(speaking).toBeGreaterThan(1.7 * idle);
  }, 600_000);

  test('speaks the bundled sample and can be stopped before its end', async () => {
    await page.locator('input[name="voice"][value="sample"]').check({ force: true });
    await page.locator('#start').click();
    expect(await page.locator('#start-label').textContent()).toBe('Stop');
    await untilPhase('speaking');
    await page.locator('#start').click();
    await untilPhase('idle');
    await page.waitForFunction(() => document.querySelector<HTMLElement>('#start')!.dataset['running'] === 'false');
  });

  test('says what is wrong with a picture and what to do, and keeps running', async () => {
    await page
      .locator('#portrait-file')
      .setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.locator('#error').waitFor({ state: 'visible' });
    expect(await page.locator('#error-what').textContent()).toMatch(/\w/);
    expect(await page.locator('#error-remedy').textContent()).toMatch(/\w/);
    expect(await page.locator('#error-code').textContent()).toContain('image-corrupt');
    await page.screenshot({ path: `${SHOTS}error.png` });
    await page.locator('#error-close').click();
    expect(await page.locator('#error').isVisible()).toBe(false);
    expect(await phase()).toBe('idle');
  });

  test('accepts a picture file and adds it to the faces', async () => {
    const path = fileURLToPath(new URL('demo/portraits/grace-hopper.jpg', ROOT));
    expect(await page.locator('[data-face="own"] input').count()).toBe(0); // The damaged one was not added.
    await page.locator('#portrait-file').setInputFiles(path);
    await page.locator('[data-face="own"] input:checked').waitFor({ state: 'attached' });
    expect(await statusText()).toBe('The new portrait is ready.');
    expect(await page.locator('#error').isVisible()).toBe(false);
    await page.screenshot({ path: `${SHOTS}own-photo.png` });
  });

  test('accepts files that are dropped or pasted', async () => {
    const give = (kind: 'drop' | 'paste', name: string, type: string) =>
      page.evaluate(
        ([event, fileName, mime]) => {
          const data = new DataTransfer();
          data.items.add(new File(['nonsense'], fileName, { type: mime }));
          const init = { bubbles: true, cancelable: true };
          document.body.dispatchEvent(
            event === 'drop'
              ? new DragEvent('drop', { ...init, dataTransfer: data })
              : new ClipboardEvent('paste', { ...init, clipboardData: data }),
          );
        },
        [kind, name, type] as const,
      );
    await give('drop', 'hello.wav', 'audio/wav');
    expect(
      await page.evaluate(() => document.querySelector<HTMLInputElement>('input[name="voice"]:checked')!.value),
    ).toBe('file');
    expect(await page.locator('#voice-file-name').textContent()).toBe('hello.wav');
    await page.locator('#start').click();
    await page.locator('#error').waitFor({ state: 'visible' });
    expect(await page.locator('#error-code').textContent()).toContain('audio-corrupt');
    await page.waitForFunction(() => document.querySelector<HTMLElement>('#start')!.dataset['running'] === 'false');
    for (const kind of ['drop', 'paste'] as const) {
      await page.locator('#error-close').click();
      await give(kind, 'face.png', 'image/png');
      await page.locator('#error').waitFor({ state: 'visible' });
      expect(await page.locator('#error-code').textContent()).toContain('image-corrupt');
    }
    await page.locator('#error-close').click();
  });

  test('takes a picture with the camera and says if there is no face in it', async () => {
    await page.locator('#camera-open').click();
    await page.locator('#camera-shoot:enabled').click();
    await page.locator('#error').waitFor({ state: 'visible' });
    expect(await page.locator('#error-code').textContent()).toContain('no-face');
    expect(await page.locator('#camera').isVisible()).toBe(false);
    await page.locator('#error-close').click();
  });

  test('has a text contrast of at least 4.5 in light and dark', async () => {
    const backgrounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { background, worst } = await page.evaluate(() => {
        const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;
        const luminance = (colour: string): number => {
          context.fillStyle = colour;
          context.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((byte) => {
            const value = byte / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          }) as [number, number, number, number];
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const page = getComputedStyle(document.body).backgroundColor;
        const worstOf = { ratio: 99, text: '' };
        for (const selector of [
          'h1',
          '.title p',
          'legend',
          '.hint',
          '.face',
          '.quiet',
          '.status',
          '.readout dt',
          '.readout dd',
          '.consent',
          'summary',
        ]) {
          const element = document.querySelector(selector)!;
          const [a, b] = [luminance(getComputedStyle(element).color), luminance(page)];
          const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (ratio < worstOf.ratio) Object.assign(worstOf, { ratio, text: selector });
        }
        return { background: page, worst: worstOf };
      });
      backgrounds.push(background);
      expect(worst.ratio, `${worst.text} in ${colorScheme}`).toBeGreaterThan(4.5);
      await page.screenshot({ path: `${SHOTS}${colorScheme}.png` });
    }
    expect(backgrounds[0]).not.toBe(backgrounds[1]);
  });

  test('does not animate the page when reduced motion is preferred', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate(() => (document.getElementById('stage')!.dataset['phase'] = 'following'));
    const animation = await page.evaluate(() => getComputedStyle(document.querySelector('.badge-dot')!).animationName);
    await page.evaluate(() => (document.getElementById('stage')!.dataset['phase'] = 'idle'));
    expect(animation).toBe('none');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });

  test.each([360, 390, 768])('fits a page %i px wide', async (width) => {
    await page.setViewportSize({ width, height: 740 });
    await page.evaluate(() => window.scrollTo(0, 0));
    const { overflow, button, targets } = await page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - window.innerWidth,
      button: document.getElementById('start')!.getBoundingClientRect().toJSON() as DOMRect,
      targets: [...document.querySelectorAll('button, .segments label, .quiet, select, .face')]
        .map((element) => element.getBoundingClientRect())
        .filter(({ width: wide }) => wide > 0)
        .map(({ height }) => height),
    }));
    expect(overflow).toBe(0);
    expect(button.bottom).toBeLessThanOrEqual(740);
    expect(button.left).toBeGreaterThanOrEqual(0);
    expect(button.right).toBeLessThanOrEqual(width);
    expect(Math.min(...targets)).toBeGreaterThanOrEqual(36);
    await page.screenshot({ path: `${SHOTS}phone-${width}.png` });
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  test('sets the portrait up again when an option changes', async () => {
    await page.locator('summary', { hasText: 'Advanced' }).click();
    await page.locator('#option-backend').selectOption('wasm');
    await page.waitForFunction(() => document.getElementById('stage')!.dataset['phase'] === 'loading');
    await page.waitForFunction(() => document.getElementById('status')!.textContent === 'Ready.');
    expect(await page.locator('#canvas-place canvas').count()).toBe(1);
    await page.screenshot({ path: `${SHOTS}advanced.png`, fullPage: true });
  });

  test('changes the motion controls with the keyboard and keeps them when the portrait is set up again', async () => {
    await page.locator('summary', { hasText: 'Motion' }).focus();
    await page.keyboard.press('Enter');
    await tabTo('#motion-mouth');
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press('ArrowRight');
    await tabTo('#motion-stillness');
    await page.keyboard.press('End');
    const values = () =>
      page.evaluate(() =>
        ['motion-mouth', 'motion-stillness', 'motion-top-k'].map(
          (id) => document.querySelector<HTMLOutputElement>(`#${id}-value`)!.value,
        ),
      );
    expect(await values()).toEqual(['120 %', '100 %', 'free']);
    await page.locator('input[name="rest"][value="attentive"]').check({ force: true });
    await untilPhase('attentive');
    await page.screenshot({ path: `${SHOTS}motion.png`, fullPage: true });
    await page.evaluate(() => (document.getElementById('option-seed')!.closest('details')!.open = true));
    await page.locator('#option-seed').fill('2');
    await page.locator('#option-seed').blur();
    await page.waitForFunction(() => document.getElementById('stage')!.dataset['phase'] === 'loading');
    await untilPhase('attentive');
    expect(await values()).toEqual(['120 %', '100 %', 'free']);
    await page.locator('#motion-reset').click();
    await untilPhase('idle');
    expect(await values()).toEqual(['100 %', '0 %', 'free']);
    expect(await page.locator('#error').isVisible()).toBe(false);
  });

  test('changes the picture while the portrait runs', async () => {
    await page.locator('summary', { hasText: 'Picture' }).click();
    await page.locator('#picture-size').selectOption('256');
    await page.waitForFunction(() => document.querySelector<HTMLCanvasElement>('#canvas-place canvas')!.width === 256);
    expect(await phase()).toBe('idle');
    expect(await page.locator('#picture-colour').isVisible()).toBe(false);
    await page.locator('#picture-background').selectOption('colour');
    await page.locator('#picture-colour').fill('#00a040');
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('#canvas-place canvas')!;
      const copy = new OffscreenCanvas(1, 1).getContext('2d')!;
      copy.drawImage(canvas, 3, 3, 1, 1, 0, 0, 1, 1);
      const [r, g, b] = copy.getImageData(0, 0, 1, 1).data;
      return r! < 8 && Math.abs(g! - 160) < 8 && Math.abs(b! - 64) < 8;
    });
    await page.locator('#picture-background').selectOption('transparent');
    await page.screenshot({ path: `${SHOTS}transparent.png` });
  });

  test('saves the portrait and loads it again without an analysis', async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#portrait-save').click()]);
    expect(download.suggestedFilename()).toBe('face.portrait');
    const path = await download.path();
    await page.locator('#portrait-file').setInputFiles({
      name: 'face.portrait',
      mimeType: '',
      buffer: await readFile(path),
    });
    await page.waitForFunction(() => document.getElementById('status')!.textContent === 'The new portrait is ready.');
    expect(await page.locator('#error').isVisible()).toBe(false);
    await page.locator('[data-face="own"] input:checked').waitFor({ state: 'attached' });
  });

  test('has made requests only to its own server, and cannot make others', async () => {
    const own = new URL(inject('pagesUrl')).origin;
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter((url) => !/^(blob|data):/.test(url) && new URL(url).origin !== own)).toEqual([]);
    // Loading the page a second time at the start aborted its requests.
    expect(opened.problems.filter((problem) => !problem.includes('net::ERR_ABORTED'))).toEqual([]);
    // The page's content security policy blocks it. That causes a console error, so it comes last.
    const answer = await page.evaluate(() =>
      fetch('https://example.com/').then(
        () => 'answered',
        () => 'refused',
      ),
    );
    expect(answer).toBe('refused');
    expect(opened.problems.join()).toContain('Content Security Policy');
  });
});
