/** @file Firefox over WebDriver BiDi, with a fake microphone that plays a tone. */
import { launch, type Page } from 'puppeteer-core';
import { findProgram } from './programs';
import type { EnginePage } from './engine';

/** @returns undefined if no Firefox is installed */
export async function openFirefox(): Promise<EnginePage | undefined> {
  const executablePath = findProgram('FIREFOX', ['firefox-esr', 'firefox']);
  if (!executablePath) return undefined;
  const browser = await launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    extraPrefsFirefox: { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true },
  });
  const page: Page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 860 });
  return {
    browser: await browser.version(),
    goto: async (url) => void (await page.goto(url)),
    run: (body) => page.evaluate(`(async () => { ${body} })()`) as Promise<never>,
    click: (selector) => page.click(selector),
    screenshot: async () => Buffer.from(await page.screenshot({ type: 'png' })),
    close: () => browser.close(),
  };
}
