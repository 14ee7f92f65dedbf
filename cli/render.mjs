/** @file `talking-portrait render`: opens the render page in headless Chrome and collects what it makes. */

import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChrome } from './chrome.mjs';
import { ProgressBar } from './progress-bar.mjs';
import { serveJob } from './serve-job.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Something that the user can understand and mend. */
export class RenderError extends Error {}

/**
 * @param {string} option
 * @param {string} path
 */
function checkInput(option, path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) throw new RenderError(`The file of --${option} does not exist: ${path}`);
  if (!info.isFile()) throw new RenderError(`--${option} is not a file: ${path}`);
  if (info.size === 0) throw new RenderError(`The file of --${option} is empty: ${path}`);
}

/**
 * @param {string} option
 * @param {string} path
 */
function checkOutput(option, path) {
  const folder = dirname(resolve(path));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RenderError(`The folder of --${option} does not exist: ${folder}`);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RenderError(`--${option} is a folder, not a file: ${path}`);
  }
}

/** Results are written beside their places and moved there at the end, so that no half file is ever left. */
class Outputs {
  /** @type {Map<string, { part: string, final: string }>} */
  #files = new Map();

  /**
   * @param {string} name
   * @param {string | undefined} path
   */
  add(name, path) {
    if (path === undefined) return;
    const final = resolve(path);
    this.#files.set(name, { part: `${final}.${process.pid}.part`, final });
  }

  /** @param {string} name */
  partOf(name) {
    return this.#files.get(name)?.part ?? null;
  }

  keep() {
    for (const { part, final } of this.#files.values()) renameSync(part, final);
  }

  discard() {
    for (const { part } of this.#files.values()) rmSync(part, { force: true });
  }
}

/**
 * Renders one file.
 *
 * @param {import('./usage.mjs').RenderCommand} command
 * @param {AbortSignal} signal ends everything and leaves no file behind
 * @returns {Promise<void>}
 * @throws {RenderError} with a message for the user
 */
export async function render(command, signal) {
  checkInput('portrait', command.portrait);
  checkInput('audio', command.audio);
  checkOutput('out', command.out);
  if (command.motion !== undefined) checkOutput('motion', command.motion);
  if (command.stats !== undefined) checkOutput('stats', command.stats);
  if (!existsSync(join(ROOT, 'dist/render-page.js'))) {
    throw new RenderError('The library is not built. Run "npm run build" once.');
  }

  const outputs = new Outputs();
  outputs.add('video', command.out);
  outputs.add('motion', command.motion);
  outputs.add('stats', command.stats);
  const { frames } = command;
  if (frames !== undefined) mkdirSync(frames, { recursive: true });
  const progress = new ProgressBar({ quiet: command.quiet });

  const server = await serveJob({
    root: ROOT,
    inputs: { portrait: resolve(command.portrait), audio: resolve(command.audio) },
    output(name) {
      const picture = /^frames\/(\d+\.png)$/.exec(name)?.[1];
      if (picture === undefined) return outputs.partOf(name);
      return frames === undefined ? null : join(frames, picture);
    },
  });
  /** @type {import('playwright-core').Browser | undefined} */
  let browser;
  try {
    progress.show('chrome', 0);
    browser = await start();
    signal.throwIfAborted();
    const page = await browser.newPage();
    const broken = new Promise((_, reject) => {
      const fail = (/** @type {string} */ text) => reject(new RenderError(text));
      page.on('crash', () => fail('The page crashed. There may be too little memory: try a smaller --size.'));
      page.on('pageerror', (error) => fail(`The page failed: ${error.message}`));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    broken.catch(() => {});
    await page.exposeFunction('reportProgress', (/** @type {string} */ stage, /** @type {number} */ fraction) =>
      progress.show(stage, fraction),
    );
    await page.exposeFunction('reportWarning', (/** @type {string} */ text) => progress.print(`warning: ${text}`));
    await page.goto(server.url, { waitUntil: 'load' });
    const { size, fps, seed, backend, container } = command;
    const job = { size, fps, seed, backend, container, wantFrames: frames !== undefined };
    const failure = await Promise.race([
      broken,
      page.evaluate((wanted) => /** @type {any} */ (globalThis).runJob(wanted), job),
    ]);
    if (failure) throw new RenderError(failure.message);
    outputs.keep();
  } finally {
    progress.clear();
    await browser?.close().catch(() => {});
    server.close();
    outputs.discard();
  }
}

/** Chrome, with a message for the user when it does not start. */
async function start() {
  try {
    return await launchChrome({ handleSignals: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new RenderError(`Chrome could not be started: ${reason}`);
  }
}
