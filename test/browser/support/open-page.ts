/** @file A page in real Chromium that notes everything that went wrong on it. */

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { inject } from 'vitest';
import { launchChrome } from '../../../cli/chrome.mjs';

export type OpenPage = {
  page: Page;
  /** Console errors, uncaught exceptions and failed requests so far. */
  problems: string[];
  /** Addresses that the page and its workers have asked for, in order; without `data:` and `blob:`, which leave nothing. */
  requests: URL[];
  close(): Promise<void>;
};

/**
 * Starts Chromium and opens a page of the project.
 *
 * @param path relative to the project's root, for example `demo/index.html`; the default is an empty page, on
 *   which `page.evaluate(async () => import('/src/...'))` reaches every module
 * @param options.microphone WAV file that plays as the microphone
 */
export async function openPage(
  path = 'test/browser/pages/blank.html',
  options: { microphone?: string; context?: BrowserContextOptions } = {},
): Promise<OpenPage> {
  const { microphone, context } = options;
  const browser: Browser = await launchChrome(microphone === undefined ? {} : { microphone });
  const page = await browser.newPage(context);
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => {
    problems.push(`request failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  const requests: URL[] = [];
  page.on('request', (request) => {
    const address = new URL(request.url());
    if (!['data:', 'blob:'].includes(address.protocol)) requests.push(address);
  });
  await page.goto(inject('pagesUrl') + path);
  return { page, problems, requests, close: () => browser.close() };
}
