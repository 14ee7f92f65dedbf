/**
 * @file Files that the command line reads and writes: they are checked before the work starts, and results are written
 * completely or not at all.
 */

import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RenderError } from './render-session.mjs';

/**
 * Checks an input file.
 *
 * @param {string} option
 * @param {string} path
 * @throws {RenderError} if there is no such file, or it is empty
 */
export function checkInput(option, path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) throw new RenderError(`The file of ${option} does not exist: ${path}`);
  if (!info.isFile()) throw new RenderError(`${option} is not a file: ${path}`);
  if (info.size === 0) throw new RenderError(`The file of ${option} is empty: ${path}`);
}

/**
 * Checks the place of an output file.
 *
 * @param {string} option
 * @param {string} path
 * @throws {RenderError} if no file can be written there
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

/** Output files. They are written under temporary names and renamed at the end, so that no incomplete file is left. */
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

  /** Path to write a result to; null if it is not wanted. @param {string} name */
  partOf(name) {
    return this.#files.get(name)?.part ?? null;
  }

  /** Moves all results to their final paths. */
  keep() {
    for (const { part, final } of this.#files.values()) renameSync(part, final);
  }

  /** Deletes all results that were not moved. */
  discard() {
    for (const { part } of this.#files.values()) rmSync(part, { force: true });
  }
}
