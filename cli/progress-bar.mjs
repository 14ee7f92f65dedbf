/** @file A progress bar on stderr: one line that is redrawn on a terminal, otherwise one line per stage. */

/** @type {Record<string, string>} */
const LABELS = {
  chrome: 'starting Chrome',
  models: 'loading models',
  gpu: 'preparing the GPU',
  portrait: 'analysing the portrait',
  frames: 'rendering',
};
const WIDTH = 30;

export class ProgressBar {
  #stage = '';
  #line = '';

  /** @param {{ quiet: boolean, stream?: NodeJS.WriteStream }} options */
  constructor({ quiet, stream = process.stderr }) {
    this.quiet = quiet;
    this.stream = stream;
  }

  /**
   * @param {string} stage
   * @param {number} fraction 0 ... 1
   */
  show(stage, fraction) {
    if (this.quiet) return;
    const label = LABELS[stage] ?? stage;
    if (!this.stream.isTTY) {
      if (stage !== this.#stage) this.stream.write(`${label} ...\n`);
      this.#stage = stage;
      return;
    }
    const full = Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH);
    const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`;
    const line = `${bar} ${String(Math.round(fraction * 100)).padStart(3)} %  ${label}`;
    if (line === this.#line) return;
    this.#line = line;
    this.stream.write(`\r\x1b[K${line}`);
  }

  /**
   * Prints a line of text.
   *
   * @param {string} text
   */
  print(text) {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  /** Erases the bar. */
  clear() {
    if (this.#line !== '') this.stream.write('\r\x1b[K');
    this.#line = '';
  }
}
