/** @file AccentDetector: stressed syllables of a made-up voice, at every gain. */

import { describe, expect, it } from 'vitest';
import { AccentDetector } from '../../../src/motion/accent-detector';
import { type Heard, voiceLevels } from './voice-levels';

const FRAMES = 2000;

function accents(heard: readonly Heard[]): number[] {
  const detector = new AccentDetector();
  return heard.flatMap(({ speech, level }, frame) => (detector.next(speech, level) > 0 ? [frame] : []));
}

describe('AccentDetector', () => {
  const { heard, stressed } = voiceLevels(FRAMES);

  it('finds the stressed syllables within two frames of their peak, and hardly anything else', () => {
    const found = accents(heard);
    const right = found.filter((frame) => stressed.some((peak) => frame > peak && frame - peak <= 2));
    expect(right.length / stressed.length).toBeGreaterThan(0.85);
    expect(right.length / found.length).toBeGreaterThan(0.9);
  });

  it('does not depend on the gain', () => {
    expect(accents(voiceLevels(FRAMES, -30).heard)).toEqual(accents(heard));
  });

  it('hears nothing in silence, in an even hum, or in noise that is no speech', () => {
    const sound = (speech: number, level: (frame: number) => number): Heard[] =>
      Array.from({ length: 500 }, (_, frame) => ({ speech, level: level(frame) }));
    expect(accents(sound(0, () => -100))).toHaveLength(0);
    expect(accents(sound(1, () => -20))).toHaveLength(0);
    expect(accents(sound(0.1, (frame) => -40 + 15 * Math.sin(frame)))).toHaveLength(0);
  });

  it('repeats after a reset', () => {
    const detector = new AccentDetector();
    const run = (): number[] => heard.slice(0, 300).map(({ speech, level }) => detector.next(speech, level));
    const first = run();
    detector.reset();
    expect(run()).toEqual(first);
  });
});
