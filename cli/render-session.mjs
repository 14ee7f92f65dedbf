/** @file A session of headless Chrome with the render page open, which runs one job after another. */

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChrome } from './chrome.mjs';
import { serveJob } from './serve-job.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** An error with a message that tells the user what to do. */
export class RenderError extends Error {}

/**
 * @typedef {object} SessionHooks
 * @property {AbortSignal} signal stops the running job
 * @property {(stage: string, fraction: number) => void} onProgress
 * @property {(text: string) => void} onWarning
 */

/**
 * @typedef {object} AnalysisJob
 * @property {string} portrait picture file
 * @property {(name: string) => string | null} output path for the result `portrait`
 */

/**
 * @typedef {object} Job
 * @property {string} portrait file
 * @property {string} audio file
 * @property {string} [background] file
 * @property {import('./page/render-page').RenderJob} options
 * @property {(name: string) => string | null} output path for a result: `video`, `motion`, `stats`, `frames/000000.png`;
 *   null if it was not requested
 */

export class RenderSession {
  /** @type {(AnalysisJob & Partial<Job>) | undefined} */
  #job;
  /** @type {import('playwright-core').Browser | undefined} */
  #browser;
  /** @type {import('playwright-core').Page | undefined} */
  #page;
  /** @type {{ url: string, close: () => void } | undefined} */
  #server;
  /** @type {Promise<never> | undefined} */
  #failure;

  /**
   * @param {SessionHooks} hooks
   * @returns {Promise<RenderSession>}
   * @throws {RenderError} if the library is not built or Chrome does not start
   */
  static async open(hooks) {
    if (!existsSync(join(ROOT, 'dist/render-page.js'))) {
      throw new RenderError('The library has not been built. Run "npm run build" first.');
    }
    const session = new RenderSession();
    try {
      await session.#start(hooks);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** @param {SessionHooks} hooks */
  async #start({ signal, onProgress, onWarning }) {
    this.#server = await serveJob({
      root: ROOT,
      input: (name) =>
        name === 'portrait' || name === 'audio' || name === 'background' ? (this.#job?.[name] ?? null) : null,
      output: (name) => this.#job?.output(name) ?? null,
    });
    onProgress('chrome', 0);
    try {
      this.#browser = await launchChrome({ handleSignals: false });
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      throw new RenderError(`Chrome could not be started: ${reason}`);
    }
    signal.throwIfAborted();
    const page = await this.#browser.newPage();
    this.#page = page;
    this.#failure = new Promise((_, reject) => {
      const fail = (/** @type {string} */ text) => reject(new RenderError(text));
      page.on('crash', () => fail('The page crashed. There may not be enough memory: try a smaller --size.'));
      page.on('pageerror', (error) => fail(`The page failed: ${error.message}`));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    this.#failure.catch(() => {});
    await page.exposeFunction('reportProgress', onProgress);
    await page.exposeFunction('reportWarning', onWarning);
    await page.goto(this.#server.url, { waitUntil: 'load' });
  }

  /**
   * Renders one job. The results have been written when it resolves.
   *
   * @param {Job} job
   * @throws {RenderError} with a message for the user; the session can be used again unless the page itself failed
   */
  async render(job) {
    const { options, background } = job;
    await this.#run(job, { ...options, hasBackground: background !== undefined });
  }

  /**
   * Analyses a picture. The result has been written when it resolves.
   *
   * @param {AnalysisJob} job
   * @throws {RenderError} see {@link render}
   */
  async analyse(job) {
    await this.#run(job, 'analyse');
  }

  /**
   * @param {AnalysisJob & Partial<Job>} job
   * @param {import('./page/render-page').PageRequest} request
   */
  async #run(job, request) {
    if (!this.#page || !this.#failure) throw new Error('the session is not open');
    this.#job = job;
    const failure = await Promise.race([
      this.#failure,
      this.#page.evaluate((argument) => /** @type {any} */ (globalThis).runJob(argument), request),
    ]);
    if (failure) throw new RenderError(failure.message);
  }

  /** Closes Chrome and the server. */
  async close() {
    await this.#browser?.close().catch(() => {});
    this.#server?.close();
  }
}
