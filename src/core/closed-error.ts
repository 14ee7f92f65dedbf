/** @file The error of every call to a portrait that has been closed. */
import { TalkingPortraitError } from '../errors';

/** Code `closed`. */
export function closedError(): TalkingPortraitError {
  return new TalkingPortraitError('closed', 'The portrait is closed.', 'Create a new one.');
}
