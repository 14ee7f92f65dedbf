/** @file VoiceHandle: the promises of a voice: it begins once and ends once. Voices of all kinds extend it. */
import { TalkingPortraitError } from '../errors';
import { errorFields, errorFromFields } from '../protocol';
import type { VoiceEnd, VoiceEndReason } from './voice';

export class VoiceHandle implements Promise<VoiceEnd> {
  readonly [Symbol.toStringTag] = 'Voice';
  readonly id: string;
  readonly started: Promise<void>;
  readonly ended: Promise<VoiceEnd>;
  #start!: () => void;
  #neverStart!: (error: TalkingPortraitError) => void;
  #tellEnd!: (end: VoiceEnd) => void;
  #isOver = false;
  /** Whether somebody waits for the end and so hears of an error. */
  #isAwaited = false;

  constructor(id: string) {
    this.id = id;
    this.started = new Promise((resolve, reject) => {
      this.#start = resolve;
      this.#neverStart = reject;
    });
    this.started.catch(() => {}); // Whoever needs it waits for it.
    this.ended = new Promise((resolve) => (this.#tellEnd = resolve));
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether an error of the voice is thrown to somebody. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** The voice is heard. */
  begin(): void {
    this.#start();
  }

  /** The voice is over; later calls change nothing. @returns whether this call ended it */
  settle(reason: VoiceEndReason, spokenMs: number, text: string, cause?: unknown): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const error = cause === undefined ? undefined : asError(cause);
    this.#neverStart(error ?? neverHeard(reason));
    this.#tellEnd({ reason, spokenMs, text, ...(error && { error }) });
    return true;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- so that `await portrait.speak(…)` waits for the end
  then<Result1 = VoiceEnd, Result2 = never>(
    onEnded?: ((end: VoiceEnd) => Result1 | PromiseLike<Result1>) | null,
    onFailed?: ((reason: unknown) => Result2 | PromiseLike<Result2>) | null,
  ): Promise<Result1 | Result2> {
    this.#isAwaited = true;
    const outcome = this.ended.then((end) => {
      if (end.error) throw end.error;
      return end;
    });
    return outcome.then(onEnded, onFailed);
  }

  catch<Result = never>(
    onFailed?: ((reason: unknown) => Result | PromiseLike<Result>) | null,
  ): Promise<VoiceEnd | Result> {
    return this.then(undefined, onFailed);
  }

  finally(onOver?: (() => void) | null): Promise<VoiceEnd> {
    return this.then().finally(onOver);
  }
}

function asError(cause: unknown): TalkingPortraitError {
  return cause instanceof TalkingPortraitError ? cause : errorFromFields(errorFields(cause));
}

function neverHeard(reason: VoiceEndReason): TalkingPortraitError {
  return new TalkingPortraitError('aborted', `The voice was ${reason} before it was heard.`, 'Speak it again.');
}
