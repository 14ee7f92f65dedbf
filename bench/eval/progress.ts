/** @file A line that shows the progress of the evaluation and the estimated remaining time. */

/** `2 min 5 s` */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

export class Progress {
  readonly #start = performance.now();
  #done = 0;
  #line = '';
  readonly #total: number;
  readonly #stream: NodeJS.WriteStream;

  /** @param total number of work items, which all take about the same time */
  constructor(total: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#total = total;
    this.#stream = stream;
  }

  /** One item is done. */
  step(text: string): void {
    this.#done++;
    const elapsed = (performance.now() - this.#start) / 1000;
    const left = (elapsed / this.#done) * (this.#total - this.#done);
    const line = `[${this.#done}/${this.#total}] ${text}, about ${duration(left)} left`;
    if (this.#stream.isTTY) this.#stream.write(`\r\x1b[K${line}`);
    else this.#stream.write(`${line}\n`);
    this.#line = line;
  }

  end(): void {
    if (this.#stream.isTTY && this.#line !== '') this.#stream.write('\r\x1b[K');
    this.#line = '';
  }
}
