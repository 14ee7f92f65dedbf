/** @file MotionControls: defaults, partial changes and invalid values. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONTROLS, type MotionControls, resolveControls } from '../../../src/options/controls';

describe('resolveControls', () => {
  it('fills in the defaults and keeps controls that are left out', () => {
    expect(resolveControls({})).toEqual(DEFAULT_CONTROLS);
    const louder = resolveControls({ mouthAmplitude: 1.4, gaze: { x: -3, y: 2 } });
    expect(
      resolveControls({ stillness: 1, mouthAmplitude: undefined } as unknown as Partial<MotionControls>, louder),
    ).toEqual({
      ...DEFAULT_CONTROLS,
      mouthAmplitude: 1.4,
      stillness: 1,
      gaze: { x: -3, y: 2 },
    });
  });

  it('accepts the ends of the ranges', () => {
    const ends = {
      mouthAmplitude: 2,
      expressiveness: 0,
      stillness: 1,
      temperature: 2,
      topK: 256,
      gaze: { x: 30, y: -20 },
      secondaryMotion: 2,
    };
    expect(resolveControls(ends)).toEqual(ends);
  });

  it.each([
    { mouthAmplitude: -0.1 },
    { mouthAmplitude: 2.1 },
    { mouthAmplitude: NaN },
    { expressiveness: '1' },
    { stillness: 1.5 },
    { temperature: Infinity },
    { topK: 0 },
    { topK: 257 },
    { topK: 1.5 },
    { topK: 'all' },
    { gaze: 'left' },
    { gaze: null },
    { gaze: { x: 31, y: 0 } },
    { gaze: { x: 0 } },
    { volume: 1 },
  ])('refuses %o', (changes) => {
    expect(() => resolveControls(changes as unknown as Partial<MotionControls>)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});
