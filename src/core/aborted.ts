/** @file The error of a call that its signal has aborted. */
import { TalkingPortraitError } from '../errors';

/** Code `aborted`. */
export function abortedError(signal: AbortSignal): TalkingPortraitError {
  const options = { cause: signal.reason as unknown };
  return new TalkingPortraitError('aborted', 'Its signal aborted the call.', 'Call it again.', undefined, options);
}

/** @throws TalkingPortraitError `aborted` */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}
