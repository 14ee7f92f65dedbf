/** @file Files that the command line reads and writes: checks before anything slow begins, and no half file at the end. */

import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RenderError } from './render-session.mjs';

/**
 * @param {string} option
 * @param {string} path
 * @throws {RenderError} when there is no such file
 */
export function checkInput(option, path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) throw new RenderError(`The file of ${option} does not exist: ${path}`);
  if (!info.isFile()) throw new RenderError(`${option} is not a file: ${path}`);
  if (info.size === 0) throw new RenderError(`The file of ${option} is empty: ${path}`);
}

/**
 * @param {string} option
 * @param {string} path
 * @throws {RenderError} when no file can be written there
 */
export function checkOutput(option, path) {
  const folder = dirname(resolve(path));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RenderError(`The folder of ${option} does not exist: ${folder}`);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RenderError(`${option} is a folder, not a file: ${path}`);
  }
}

/** Results are written beside their places and moved there at the end, so that no half file is ever left. */
export class Outputs {
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
