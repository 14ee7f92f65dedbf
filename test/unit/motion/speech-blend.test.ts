/** @file SpeechBlend: when the motion replaces the mouth expression of the photo, and how smoothly. */
import { describe, expect, it } from 'vitest';
import { SpeechBlend } from '../../../src/motion/speech-blend';

/** Values of the next frames. */
function run(blend: SpeechBlend, frames: number, speaking: boolean): number[] {
  return Array.from({ length: frames }, () => {
    blend.update(speaking);
    return blend.value;
  });
}

const fastest = (values: number[]): number =>
  values.reduce((most, value, n) => Math.max(most, n ? Math.abs(value - values[n - 1]!) : 0), 0);

describe('SpeechBlend', () => {
  it('stays at 0 while nobody speaks', () => {
    expect(Math.max(...run(new SpeechBlend(), 200, false))).toBe(0);
  });

  it('is 1 at once when a voice begins before the first frame', () => {
    const blend = new SpeechBlend();
    blend.begin();
    expect(Math.min(...run(blend, 10, false))).toBe(1);
  });

  it('rises to 1 within a fifth of a second after the first frame, without a jump', () => {
    const blend = new SpeechBlend();
    run(blend, 10, false);
    blend.begin();
    const values = run(blend, 5, false);
    expect(values[0]).toBeGreaterThan(0);
    expect(values[4]).toBe(1);
    expect(fastest([0, ...values])).toBeLessThan(0.4);
  });

  it('stays at 1 in pauses of five seconds and returns slowly in longer ones', () => {
    const blend = new SpeechBlend();
    run(blend, 20, true);
    expect(new Set(run(blend, 125, false))).toEqual(new Set([1]));
    const after = run(blend, 125, false);
    expect(after.at(-1)).toBe(0);
    expect(fastest(after)).toBeLessThan(0.025);
  });

  it('rises again when somebody speaks on the way back', () => {
    const blend = new SpeechBlend();
    run(blend, 20, true);
    run(blend, 190, false);
    expect(blend.value).toBeLessThan(0.7);
    expect(run(blend, 5, true).at(-1)).toBe(1);
  });
});
