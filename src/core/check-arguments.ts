/** @file Checks of the kind of arguments: callers in JavaScript can pass anything. What an option may be is checked where it is used. */
import { TalkingPortraitError } from '../errors';
import { describeValue } from './describe-value';

/** @throws TalkingPortraitError `invalid-option` unless the options of a call are an object; their `signal` is checked too */
export function checkOptions(options: object): void {
  checkObject(options, 'The options of the call', 'Give an object with options.');
  const { signal } = options as { signal?: unknown };
  if (signal === undefined || signal instanceof AbortSignal) return;
  refuse('The signal is not an AbortSignal.', 'Give the signal of an AbortController.', signal);
}

/** @throws TalkingPortraitError `invalid-option` unless it is an object */
export function checkObject(value: object, name: string, remedy: string): void {
  if (typeof value !== 'object' || value === null) refuse(`${name} are not an object.`, remedy, value);
}

/** @throws TalkingPortraitError `invalid-option` unless it can be called */
export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') refuse(`${name} is not a function.`, 'Give a function.', value);
}

/** @throws TalkingPortraitError `invalid-option` unless it is an absolute URL, or relative to `base` */
export function checkedUrl(value: string | URL, base: string | undefined, name: string): URL {
  try {
    return new URL(value, base);
  } catch {
    return refuse(`${name} is not an address.`, 'Give a URL.', value);
  }
}

/** @throws TalkingPortraitError `invalid-option` */
export function refuse(what: string, remedy: string, value: unknown): never {
  throw new TalkingPortraitError('invalid-option', what, remedy, describeValue(value));
}
