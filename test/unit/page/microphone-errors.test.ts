import { describe, expect, it } from 'vitest';
import { microphoneError } from '../../../src/page/microphone';

const named = (name: string) => Object.assign(new Error('no'), { name });

describe('microphoneError', () => {
  it.each([
    ['NotAllowedError', 'microphone-denied'],
    ['SecurityError', 'microphone-denied'],
    ['NotFoundError', 'microphone-missing'],
    ['OverconstrainedError', 'microphone-missing'],
    ['NotReadableError', 'microphone-missing'],
    ['AbortError', 'microphone-missing'],
  ])('turns %s into %s', (name, code) => {
    expect(microphoneError(named(name))).toMatchObject({ code });
  });
  it('distinguishes a busy microphone from a missing one', () => {
    expect(microphoneError(named('NotReadableError')).what).not.toBe(microphoneError(named('NotFoundError')).what);
  });
});
