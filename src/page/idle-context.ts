/**
 * @file IdleContext: suspends an AudioContext that nobody uses, because a running one keeps the sound device and its thread awake, and
 * resumes it for whoever needs it next. Its clock stands still meanwhile, so that no sound is lost.
 */

export class IdleContext {
  readonly #context: Pick<AudioContext, 'suspend'>;
  readonly #idleMs: number;
  readonly #isUsed: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #suspending: Promise<void> | undefined;

  /** @param isUsed whether somebody needs the clock of the context; asked after `idleMs` */
  constructor(context: Pick<AudioContext, 'suspend'>, idleMs: number, isUsed: () => boolean) {
    this.#context = context;
    this.#idleMs = idleMs;
    this.#isUsed = isUsed;
  }

  /** Somebody has stopped or may soon begin to use it: the time until the context is suspended begins anew. */
  restart(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      if (!this.#isUsed()) this.#suspending = this.#context.suspend().catch(() => {}); // It is closed.
    }, this.#idleMs);
  }

  /** Resolves when the context can be resumed: a suspension that has begun is over. */
  async settled(): Promise<void> {
    this.restart();
    await this.#suspending;
    this.#suspending = undefined;
  }

  /** It is never suspended any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
