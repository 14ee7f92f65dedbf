/** @file When the photo's own mouth gives way, and that it does so calmly. */
import { describe, expect, it } from 'vitest';
import { SpeechBlend } from '../../../src/motion/speech-blend';

/** Values of so many frames. */
function run(envelope: SpeechBlend, frames: number, speaking: boolean): number[] {
  return Array.from({ length: frames }, () => {
    envelope.update(speaking);
    return envelope.value;
  });
}

const fastest = (values: number[]): number =>
  values.reduce((most, value, n) => Math.max(most, n ? Math.abs(value - values[n - 1]!) : 0), 0);

describe('SpeechBlend', () => {
  it('stays at the photo while nobody speaks', () => {
    expect(Math.max(...run(new SpeechBlend(), 200, false))).toBe(0);
  });

  it('is there at once when a voice begins before anything was shown', () => {
    const envelope = new SpeechBlend();
    envelope.begin();
    expect(Math.min(...run(envelope, 10, false))).toBe(1);
  });

  it('gives way within a fifth of a second once something was shown, without a jump', () => {
    const envelope = new SpeechBlend();
    run(envelope, 10, false);
    envelope.begin();
    const values = run(envelope, 5, false);
    expect(values[0]).toBeGreaterThan(0);
    expect(values[4]).toBe(1);
    expect(fastest([0, ...values])).toBeLessThan(0.4);
  });

  it('is still in pauses of five seconds and comes back slowly after longer ones', () => {
    const envelope = new SpeechBlend();
    run(envelope, 20, true);
    expect(new Set(run(envelope, 125, false))).toEqual(new Set([1]));
    const after = run(envelope, 125, false);
    expect(after.at(-1)).toBe(0);
    expect(fastest(after)).toBeLessThan(0.025);
  });

  it('gives way again to a word in between', () => {
    const envelope = new SpeechBlend();
    run(envelope, 20, true);
    run(envelope, 190, false);
    expect(envelope.value).toBeLessThan(0.7);
    expect(run(envelope, 5, true).at(-1)).toBe(1);
  });
});
