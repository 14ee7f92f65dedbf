/** @file The folder of `--frames`: pictures of two runs are never mixed, and no file of the user is deleted. */

import { mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { RenderError } from './render-session.mjs';

/** The name of picture n, as the page sends it. */
const PICTURE_NAME = /^\d{6,}\.png$/;

/** @param {number} index */
const pictureName = (index) => `${String(index).padStart(6, '0')}.png`;

export class FramesFolder {
  #path;
  #isEmptied = false;

  /**
   * Makes the folder if there is none.
   *
   * @param {string} path
   * @param {string[]} inputs existing files that the same command reads
   * @throws {RenderError} if an input lies in the folder under the name of a picture
   */
  constructor(path, inputs) {
    this.#path = resolve(path);
    mkdirSync(this.#path, { recursive: true });
    const folder = realpathSync(this.#path);
    for (const input of inputs) {
      const file = realpathSync(input);
      if (dirname(file) === folder && PICTURE_NAME.test(basename(file))) {
        throw new RenderError(`--frames would overwrite ${input}. Choose another folder.`);
      }
    }
  }

  /**
   * Where to write a result, if it is a picture. With the first picture those of an earlier run are deleted: the files named
   * 000000.png and on, without a gap. A run that fails before it has a picture deletes nothing.
   *
   * @param {string} name of the result
   * @returns {string | undefined} undefined if the result is none
   */
  pathOf(name) {
    const picture = name.startsWith('frames/') ? name.slice('frames/'.length) : '';
    if (!PICTURE_NAME.test(picture)) return undefined;
    if (!this.#isEmptied) this.#empty();
    this.#isEmptied = true;
    return join(this.#path, picture);
  }

  #empty() {
    const names = new Set(readdirSync(this.#path));
    for (let index = 0; names.has(pictureName(index)); index++) rmSync(join(this.#path, pictureName(index)));
  }
}
