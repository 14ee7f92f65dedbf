/** @file Says in a few words what a value is, for errors about arguments, whatever they are. */

const MAX_LENGTH = 60;

export function describeValue(value: unknown): string {
  return textOf(value).slice(0, MAX_LENGTH);
}

function textOf(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? 'an object';
  } catch {
    return 'an object'; // It has cycles, or numbers that JSON does not know.
  }
}
