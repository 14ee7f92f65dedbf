/** @file AnimatorWorker: owns the worker of a portrait: calls it, passes its events on, and ends it. */
import { transfer } from 'comlink';

import { TalkingPortraitError } from '../errors';
import type { AnimatorOptions } from '../options/create-options';
import { type AnimatorApi, type AnimatorEvent, wrapCalls } from '../protocol';

/** A worker that hangs must not keep the page from closing the portrait. */
const CLOSE_TIMEOUT_MS = 2000;

export class AnimatorWorker {
  /** The worker's functions. */
  readonly api: AnimatorApi;
  readonly #worker: Worker;
  readonly #events = new MessageChannel();
  /** Rejects when the worker dies. */
  readonly #died: Promise<never>;

  /**
   * @param worker has been started; see startWorker
   * @param onEvent gets the worker's events
   * @param onDeath gets the error `worker-failed` when the worker dies
   */
  constructor(worker: Worker, onEvent: (event: AnimatorEvent) => void, onDeath: (error: TalkingPortraitError) => void) {
    this.#worker = worker;
    this.api = wrapCalls<AnimatorApi>(worker);
    this.#events.port1.onmessage = ({ data }: MessageEvent<AnimatorEvent>) => onEvent(data);
    this.#died = new Promise((_, reject) => {
      this.#worker.addEventListener('error', ({ message }) => {
        const what = 'The worker died.';
        const error = new TalkingPortraitError('worker-failed', what, 'Reload the page.', message || undefined);
        onDeath(error);
        reject(error);
      });
    });
    this.#died.catch(() => {}); // After the set-up nobody waits for it.
  }

  /** Hands the canvas over and loads the models. @throws TalkingPortraitError as Animator.create, `worker-failed` */
  async open(canvas: HTMLCanvasElement, options: AnimatorOptions): Promise<void> {
    const offscreen = canvas.transferControlToOffscreen();
    const { port2 } = this.#events;
    await this.orDeath(this.api.open(transfer(offscreen, [offscreen]), options, transfer(port2, [port2])));
  }

  /** `call`, or the rejection `worker-failed` if the worker dies first. */
  orDeath<Result>(call: Promise<Result>): Promise<Result> {
    return Promise.race([call, this.#died]);
  }

  /** Gives the worker some time to free everything, then ends it. */
  async close(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    // Whatever fails here, the end of the worker frees everything.
    await this.orDeath(Promise.race([this.api.close(), timeout])).catch(() => {});
    clearTimeout(timer);
    this.terminate();
  }

  /** Ends the worker at once. */
  terminate(): void {
    this.#worker.terminate();
    this.#events.port1.close();
  }
}
