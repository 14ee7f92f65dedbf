/** @file Firefox over WebDriver BiDi, with a fake microphone that plays a tone, and a loudspeaker that is none. */
import { launch, type Page } from 'puppeteer-core';
import type { EnginePage } from './engine';
import { startNullSound } from './null-sound';
import { findProgram } from './programs';

/** @returns undefined if no Firefox is installed */
export async function openFirefox(): Promise<EnginePage | undefined> {
  const executablePath = findProgram('FIREFOX', ['firefox-esr', 'firefox']);
  if (!executablePath) return undefined;
  const sound = await startNullSound();
  const browser = await launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    env: { ...process.env, ...(sound && { PULSE_SERVER: sound.address }) },
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
    },
  });
  const page: Page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 860 });
  return {
    browser: await browser.version(),
    goto: async (url) => void (await page.goto(url)),
    run: (body) => page.evaluate(`(async () => { ${body} })()`) as Promise<never>,
    click: (selector) => page.click(selector),
    screenshot: async () => Buffer.from(await page.screenshot({ type: 'png' })),
    close: async () => {
      await browser.close();
      sound?.stop();
    },
  };
}
