/** @file A progress bar on stderr: one line that is redrawn on a terminal, a line a stage elsewhere. */

/** @type {Record<string, string>} */
const LABELS = {
  chrome: 'starting Chrome',
  models: 'loading models',
  gpu: 'preparing the GPU',
  portrait: 'looking at the portrait',
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
   * A line of its own.
   *
   * @param {string} text
   */
  print(text) {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  /** Wipes the bar. */
  clear() {
    if (this.#line !== '') this.stream.write('\r\x1b[K');
    this.#line = '';
  }
}
