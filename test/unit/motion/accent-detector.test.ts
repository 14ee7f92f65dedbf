/** @file AccentDetector: stressed syllables of a synthetic voice at any gain. */

import { describe, expect, it } from 'vitest';
import type { VoiceActivity } from '../../../src/core/audio-types';
import { AccentDetector } from '../../../src/motion/accent-detector';
import { voiceLevels } from './voice-levels';

const FRAMES = 2000;

/** Frames at which an accent is found. */
function accents(voice: readonly VoiceActivity[]): number[] {
  const detector = new AccentDetector();
  return voice.flatMap((activity, frame) => (detector.next(activity) > 0 ? [frame] : []));
}

describe('AccentDetector', () => {
  const { voice, stressed } = voiceLevels(FRAMES);

  it('finds stressed syllables within two frames of their peak, and few other syllables', () => {
    const found = accents(voice);
    const correct = found.filter((frame) => stressed.some((peak) => frame > peak && frame - peak <= 2));
    expect(correct.length / stressed.length).toBeGreaterThan(0.85);
    expect(correct.length / found.length).toBeGreaterThan(0.9);
  });

  it('does not depend on the gain', () => {
    expect(accents(voiceLevels(FRAMES, -30).voice)).toEqual(accents(voice));
  });

  it('finds no accent in silence, in a steady hum, or in noise without speech', () => {
    const sound = (speech: number, level: (frame: number) => number): VoiceActivity[] =>
      Array.from({ length: 500 }, (_, frame) => ({ speech, level: level(frame) }));
    expect(accents(sound(0, () => -100))).toHaveLength(0);
    expect(accents(sound(1, () => -20))).toHaveLength(0);
    expect(accents(sound(0.1, (frame) => -40 + 15 * Math.sin(frame)))).toHaveLength(0);
  });
});
