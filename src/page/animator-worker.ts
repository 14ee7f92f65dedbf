/**
 * @file AnimatorWorker: owns the worker of a portrait: calls it, passes its events on, starts another one when it dies, and ends it.
 * Every call settles, whatever happens to the worker.
 */
import { transfer } from 'comlink';

import { TalkingPortraitError } from '../errors';
import type { AnimatorOptions } from '../options/create-options';
import { type AnimatorApi, type AnimatorEvent, wrapCalls } from '../protocol';

/** A worker that hangs must not keep the page from closing the portrait. */
const CLOSE_TIMEOUT_MS = 2000;
const PULSE_INTERVAL_MS = 5000;
/** A worker that has given no sign for so many intervals is dead. Long analyses on slow machines take a few. */
const SILENT_PULSES = 6;
/** More deaths than this within a minute are final. */
const RESTARTS_PER_MINUTE = 2;
const MINUTE_MS = 60_000;

export type AnimatorWorkerHooks = {
  /** Starts the script of a worker; see startWorker. */
  start(): Promise<Worker>;
  onEvent(event: AnimatorEvent): void;
  /** The worker has died. @param error what its pending calls were rejected with @param isFinal whether no other is started */
  onDeath(error: TalkingPortraitError, isFinal: boolean): void;
  /** Another worker has been opened: brings it to the state of the one before. */
  restore(api: AnimatorApi): Promise<void>;
};

/** A worker and what waits for it. */
type LiveWorker = {
  worker: Worker;
  api: AnimatorApi;
  events: MessageChannel;
  /** Rejects when the worker dies or is closed. */
  ended: Promise<never>;
  end(reason: TalkingPortraitError): void;
  /** Intervals without a sign of life. */
  silentPulses: number;
};

export class AnimatorWorker {
  /** The worker's functions. While another worker is being started they wait. */
  readonly api: AnimatorApi;
  #live: LiveWorker | undefined;
  /** Why there is no worker, for good. */
  #endedBy: TalkingPortraitError | undefined;
  #options: (() => AnimatorOptions) | undefined;
  /** The start of another worker; never rejects. */
  #restart: Promise<void> | undefined;
  #deaths: number[] = [];
  #pulse: ReturnType<typeof setInterval> | undefined;
  readonly #hooks: AnimatorWorkerHooks;

  constructor(hooks: AnimatorWorkerHooks) {
    this.#hooks = hooks;
    this.api = new Proxy({} as AnimatorApi, {
      get: (_, name) =>
        name === 'then' ? undefined : (...args: never[]) => this.#call(name as keyof AnimatorApi, args),
    });
  }

  /**
   * Starts the worker and loads the models.
   *
   * @param options the current ones, also for a later worker
   * @throws TalkingPortraitError as startWorker and Animator.create, `worker-failed`
   */
  async open(options: () => AnimatorOptions): Promise<void> {
    await this.#open(options);
    this.#options = options; // From now on a death is followed by a restart.
    this.#pulse = setInterval(() => this.#feelPulse(), PULSE_INTERVAL_MS);
  }

  /** Rejects pending calls with `closed`, gives the worker some time to free everything, then ends it. */
  async close(): Promise<void> {
    const live = this.#live;
    this.#end(new TalkingPortraitError('closed', 'The portrait is closed.', 'Create a new one.'));
    if (!live) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    // Whatever fails here, the end of the worker frees everything.
    await Promise.race([live.api.close(), timeout]).catch(() => {});
    clearTimeout(timer);
    live.worker.terminate();
    live.events.port1.close();
  }

  /** Ends the worker at once. */
  terminate(reason: TalkingPortraitError): void {
    this.#live?.worker.terminate();
    this.#live?.events.port1.close();
    this.#end(reason);
  }

  async #call(name: keyof AnimatorApi, args: never[]): Promise<unknown> {
    await this.#restart;
    const live = this.#live;
    if (!live || this.#endedBy) throw this.#endedBy ?? died('The worker is not there.', undefined);
    return Promise.race([live.api[name](...(args as unknown as [never, never])), live.ended]);
  }

  async #open(options: () => AnimatorOptions): Promise<void> {
    const worker = await this.#hooks.start();
    if (this.#endedBy) {
      worker.terminate();
      throw this.#endedBy;
    }
    const live = this.#watch(worker);
    const { port2 } = live.events;
    await Promise.race([live.api.open(options(), transfer(port2, [port2])), live.ended]);
  }

  #watch(worker: Worker): LiveWorker {
    let end!: (reason: TalkingPortraitError) => void;
    const ended = new Promise<never>((_, reject) => (end = reject));
    ended.catch(() => {}); // Perhaps nobody waits.
    const events = new MessageChannel();
    const live: LiveWorker = { worker, api: wrapCalls<AnimatorApi>(worker), events, ended, end, silentPulses: 0 };
    events.port1.onmessage = ({ data }: MessageEvent<AnimatorEvent>) => {
      live.silentPulses = 0;
      this.#hooks.onEvent(data);
      if (data.kind === 'picture') events.port1.postMessage('shown');
    };
    worker.addEventListener('error', ({ message }) => this.#die(live, message || undefined));
    this.#live = live;
    return live;
  }

  #feelPulse(): void {
    const live = this.#live;
    if (!live) return;
    if (++live.silentPulses > SILENT_PULSES) {
      this.#die(live, 'it no longer answers');
      return;
    }
    void live.api.ping().then(() => (live.silentPulses = 0));
  }

  #die(live: LiveWorker, reason: string | undefined): void {
    if (live !== this.#live) return;
    this.#live = undefined;
    live.worker.terminate();
    live.events.port1.close();
    const options = this.#options;
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((time) => now - time < MINUTE_MS), now];
    const isFinal = !options || this.#deaths.length > RESTARTS_PER_MINUTE;
    const error = isFinal
      ? died('The worker died.', reason, 'Create the portrait again; if it happens again, reload the page.')
      : died('The worker died.', reason, 'Call it again: another worker is being started.');
    live.end(error);
    if (isFinal) this.#end(error);
    this.#hooks.onDeath(error, isFinal);
    if (isFinal) return;
    this.#restart = this.#open(options)
      .then(() => this.#hooks.restore(this.#live!.api))
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => (this.#restart = undefined));
  }

  /** The restart has failed. */
  #fail(cause: unknown): void {
    if (this.#endedBy || !this.#live) return; // It was closed, or died again.
    const error =
      cause instanceof TalkingPortraitError ? cause : died('The worker could not be started again.', String(cause));
    this.terminate(error);
    this.#hooks.onDeath(error, true);
  }

  /** There will be no worker any more. */
  #end(reason: TalkingPortraitError): void {
    clearInterval(this.#pulse);
    this.#endedBy ??= reason;
    this.#live?.end(this.#endedBy);
    this.#live = undefined;
  }
}

function died(what: string, value: string | undefined, remedy = 'Create the portrait again.'): TalkingPortraitError {
  return new TalkingPortraitError('worker-failed', what, remedy, value);
}
