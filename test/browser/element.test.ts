/** @file `<talking-portrait>` and the React hook in Chromium: buttons, keyboard, captions, errors, StrictMode. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ElementPage } from './pages/element';
import { openPage, type OpenPage } from './support/open-page';

declare const elementPage: ElementPage;

/** Screenshots for people; git ignores them. */
const SHOTS = fileURLToPath(new URL('../../out/element/', import.meta.url));

let opened: OpenPage;
let page: Page;
beforeAll(async () => {
  await mkdir(SHOTS, { recursive: true });
  opened = await openPage('test/browser/pages/element.html');
  ({ page } = opened);
  page.setDefaultTimeout(100_000);
  await page.waitForFunction(() => 'elementPage' in globalThis);
});
afterAll(() => opened.close());

const untilEvent = (name: string) => page.waitForFunction((wanted) => elementPage.events.includes(wanted), name);
const play = () => page.getByRole('button', { name: 'Play' });

test('shows its progress, then the portrait under its name', async () => {
  await page.getByRole('progressbar').waitFor();
  await page.screenshot({ path: `${SHOTS}loading.png` });
  await untilEvent('ready');
  await page.waitForFunction(() => !elementPage.isBlank(elementPage.element.shadowRoot!.querySelector('canvas')!));
  expect(await page.getByRole('img', { name: 'Eileen Collins' }).isVisible()).toBe(true);
  expect(await page.getByRole('progressbar').isVisible()).toBe(false);
});

test('speaks its voice by keyboard, and stops', async () => {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await untilEvent('state speaking');
  const stop = page.getByRole('button', { name: 'Stop' });
  await stop.waitFor();
  await page.screenshot({ path: `${SHOTS}speaking.png` });
  await stop.click();
  await play().waitFor();
  expect(await stop.isVisible()).toBe(false);
});

test('shows captions as they are heard', async () => {
  const end = page.evaluate(() =>
    elementPage.element.speak('/demo/voices/sample-woman.mp3', {
      captions: [{ text: 'Hello there', startMs: 0, endMs: 60_000 }],
    }),
  );
  await page.getByText('Hello there').waitFor();
  await page.screenshot({ path: `${SHOTS}caption.png` });
  await page.evaluate(() => elementPage.element.stop());
  expect(await end).toMatchObject({ reason: 'interrupted', text: 'Hello there' });
  await page.getByText('Hello there').waitFor({ state: 'hidden' });
});

test('lives on where it is moved, and follows its attributes', async () => {
  const isSame = await page.evaluate(async () => {
    const { element } = elementPage;
    const before = await element.portrait;
    document.querySelector('#second')!.append(element);
    await new Promise((resolve) => setTimeout(resolve));
    element.setAttribute('width', '200');
    return (await element.portrait) === before;
  });
  expect(isSame).toBe(true);
  await page.waitForFunction(() => elementPage.element.shadowRoot!.querySelector('canvas')!.width === 200);
  await page.evaluate(() => elementPage.element.removeAttribute('controls'));
  expect(await play().isVisible()).toBe(false);
});

test('says what is wrong with a photo, and keeps the one before', async () => {
  await page.evaluate(() => elementPage.element.setAttribute('src', '/models/manifest.json'));
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toMatch(/picture|image|photo/i);
  await page.screenshot({ path: `${SHOTS}error.png` });
  await untilEvent('error');
  expect(await page.evaluate(() => elementPage.element.portrait.then(() => 'alive'))).toBe('alive');
});

test('closes its portrait when it leaves the page', async () => {
  const code = await page.evaluate(async () => {
    const { element } = elementPage;
    const portrait = await element.portrait;
    element.remove();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const closed = await portrait.setControls({}).then(
      () => 'open',
      (error: { code: string }) => error.code,
    );
    return [closed, await element.portrait.catch((error: { code: string }) => error.code)];
  });
  expect(code).toEqual(['closed', 'closed']);
});

test('the React hook survives StrictMode, reports errors and closes when it is unmounted', async () => {
  await page.evaluate(() => (elementPage.unmount = elementPage.mount()));
  await page.getByText('ready', { exact: true }).waitFor();
  await page.waitForFunction(() => !elementPage.isBlank(document.querySelector('#react canvas')!));
  expect(await page.evaluate(() => elementPage.hookErrors)).toEqual([]);
  await page.getByRole('button', { name: 'Other photo' }).click();
  await page.waitForFunction(() => elementPage.hookErrors.length > 0);
  expect(await page.evaluate(() => elementPage.hookErrors[0])).toBe('image-corrupt');
  await page.evaluate(() => elementPage.unmount());
  expect(opened.problems.filter((problem) => problem.startsWith('uncaught'))).toEqual([]);
});
