/** @file `talking-portrait render`: one portrait and one voice become a file. */

import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ProgressBar } from './progress-bar.mjs';
import { RenderError, RenderSession } from './render-session.mjs';

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
  if (command.backgroundFile !== undefined) checkInput('background', command.backgroundFile);
  checkOutput('out', command.out);
  if (command.motion !== undefined) checkOutput('motion', command.motion);
  if (command.stats !== undefined) checkOutput('stats', command.stats);

  const outputs = new Outputs();
  outputs.add('video', command.out);
  outputs.add('motion', command.motion);
  outputs.add('stats', command.stats);
  const { frames } = command;
  if (frames !== undefined) mkdirSync(frames, { recursive: true });
  const progress = new ProgressBar({ quiet: command.quiet });

  /** @type {RenderSession | undefined} */
  let session;
  try {
    session = await RenderSession.open({
      signal,
      onProgress: (stage, fraction) => progress.show(stage, fraction),
      onWarning: (text) => progress.print(`warning: ${text}`),
    });
    const { output, backgroundFile, fps, seed, backend, controls, container } = command;
    await session.render({
      portrait: resolve(command.portrait),
      audio: resolve(command.audio),
      ...(backgroundFile !== undefined && { background: resolve(backgroundFile) }),
      options: { output, fps, seed, backend, controls, container, wantFrames: frames !== undefined },
      output(name) {
        const picture = /^frames\/(\d+\.png)$/.exec(name)?.[1];
        if (picture === undefined) return outputs.partOf(name);
        return frames === undefined ? null : join(frames, picture);
      },
    });
    outputs.keep();
  } finally {
    progress.clear();
    await session?.close();
    outputs.discard();
  }
}
