/**
 * @file AnimatorWorker: owns the worker of a portrait: calls it, passes its events on, starts another one when it dies, and ends it.
 * Every call settles, whatever happens to the worker.
 */
import { transfer } from 'comlink';

import { closedError } from '../core/closed-error';
import { TalkingPortraitError } from '../errors';
import type { AnimatorOptions } from '../options/create-options';
import { type AnimatorApi, type AnimatorEvent, wrapCalls } from '../protocol';

/** A worker that hangs must not keep the page from closing the portrait. */
const CLOSE_TIMEOUT_MS = 2000;
const PING_INTERVAL_MS = 5000;
/** A worker that has sent nothing for more intervals than this is dead. Long analyses on slow machines take a few. */
const MAX_MISSED_PINGS = 6;
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
  /** Its functions. What is pending when it ends is rejected. */
  api: AnimatorApi;
  /** Its functions, which never settle once it has died. */
  calls: AnimatorApi;
  events: MessageChannel;
  /** Rejects its pending calls: it has died or is closed. */
  end(reason: TalkingPortraitError): void;
  /** Ping intervals in which it has sent nothing. */
  missedPings: number;
};

export class AnimatorWorker {
  /** The worker's functions. While another worker is being started they wait. */
  readonly api: AnimatorApi;
  #live: LiveWorker | undefined;
  /** Why there is no worker, for good. */
  #endedBy: TalkingPortraitError | undefined;
  /** Rejects with `#endedBy`. */
  readonly #over: Promise<never>;
  #rejectOver!: (reason: TalkingPortraitError) => void;
  #options: (() => AnimatorOptions) | undefined;
  /** The newest start of another worker; never rejects. */
  #restart: Promise<void> | undefined;
  #deaths: number[] = [];
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  readonly #hooks: AnimatorWorkerHooks;

  constructor(hooks: AnimatorWorkerHooks) {
    this.#hooks = hooks;
    this.#over = new Promise((_, reject) => (this.#rejectOver = reject));
    this.#over.catch(() => {}); // Perhaps nobody waits.
    this.api = forEachCall((name, args) => this.#call(name, args));
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
    this.#pingTimer = setInterval(() => this.#checkAlive(), PING_INTERVAL_MS);
  }

  /** Rejects pending calls with `closed`, gives the worker some time to free everything, then ends it. */
  async close(): Promise<void> {
    const live = this.#live;
    this.#end(closedError());
    if (!live) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    // Whatever fails here, the end of the worker frees everything.
    await Promise.race([live.calls.close(), timeout]).catch(() => {});
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
    while (this.#restart) await Promise.race([this.#restart, this.#over]);
    if (!this.#live) throw this.#endedBy ?? died('The worker is not there.', undefined);
    return callOf(this.#live.api, name, args);
  }

  async #open(options: () => AnimatorOptions): Promise<LiveWorker> {
    const worker = await this.#hooks.start();
    if (this.#endedBy) {
      worker.terminate();
      throw this.#endedBy;
    }
    const live = this.#watch(worker);
    const { port2 } = live.events;
    await live.api.open(options(), transfer(port2, [port2]));
    return live;
  }

  #watch(worker: Worker): LiveWorker {
    let end!: (reason: TalkingPortraitError) => void;
    const ended = new Promise<never>((_, reject) => (end = reject));
    ended.catch(() => {}); // Perhaps nobody waits.
    const events = new MessageChannel();
    const calls = wrapCalls<AnimatorApi>(worker);
    const api = forEachCall((name, args) => Promise.race([callOf(calls, name, args), ended]));
    const live: LiveWorker = { worker, api, calls, events, end, missedPings: 0 };
    events.port1.onmessage = ({ data }: MessageEvent<AnimatorEvent>) => {
      live.missedPings = 0;
      this.#hooks.onEvent(data);
      if (data.kind === 'picture') events.port1.postMessage('shown');
    };
    worker.addEventListener('error', ({ message }) => this.#die(live, message || undefined));
    this.#live = live;
    return live;
  }

  #checkAlive(): void {
    const live = this.#live;
    if (!live) return;
    if (++live.missedPings > MAX_MISSED_PINGS) {
      this.#die(live, 'it no longer answers');
      return;
    }
    live.api.ping().then(
      () => (live.missedPings = 0),
      () => {}, // It has died, which is reported elsewhere.
    );
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
    this.#startAgain(options);
  }

  #startAgain(options: () => AnimatorOptions): void {
    const isNewest = (): boolean => this.#restart === restart;
    const restart = this.#open(options)
      .then(({ api }) => this.#hooks.restore(api))
      .catch((cause: unknown) => {
        if (isNewest() && !this.#endedBy) this.#fail(cause);
      })
      .finally(() => {
        if (isNewest()) this.#restart = undefined;
      });
    this.#restart = restart;
  }

  /** The restart has failed. */
  #fail(cause: unknown): void {
    const error =
      cause instanceof TalkingPortraitError ? cause : died('The worker could not be started again.', String(cause));
    this.terminate(error);
    this.#hooks.onDeath(error, true);
  }

  /** There will be no worker any more. */
  #end(reason: TalkingPortraitError): void {
    clearInterval(this.#pingTimer);
    this.#endedBy ??= reason;
    this.#rejectOver(this.#endedBy);
    this.#live?.end(this.#endedBy);
    this.#live = undefined;
  }
}

function died(what: string, value: string | undefined, remedy = 'Create the portrait again.'): TalkingPortraitError {
  return new TalkingPortraitError('worker-failed', what, remedy, value);
}

/** The functions of a worker, each of which calls `call`. */
function forEachCall(call: (name: keyof AnimatorApi, args: never[]) => Promise<unknown>): AnimatorApi {
  return new Proxy({} as AnimatorApi, {
    get: (_, name) => (name === 'then' ? undefined : (...args: never[]) => call(name as keyof AnimatorApi, args)),
  });
}

function callOf(api: AnimatorApi, name: keyof AnimatorApi, args: never[]): Promise<unknown> {
  return (api[name] as (...values: never[]) => Promise<unknown>)(...args);
}
