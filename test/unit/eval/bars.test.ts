import { describe, expect, test } from 'vitest';
import { grade, kindOfGroup } from '../../../bench/eval/bars';

describe('grade', () => {
  test('a correlation is graded by the bars for its kind of speech', () => {
    expect(grade('r_speech', 'training speaker', { value: 0.44 })).toBe('below');
    expect(grade('r_speech', 'other speakers', { value: 0.44 })).toBe('floor');
    expect(grade('r_speech', 'continuous speech', { value: 0.44 })).toBe('goal');
    expect(grade('r_speech', 'continuous speech', { value: 0.55 })).toBe('moonshot');
    expect(grade('r_speech_width', 'continuous speech', { value: 0.3 })).toBe('goal');
  });

  test('figures are graded as they are shown, with two decimals', () => {
    expect(grade('r_speech', 'other speakers', { value: 0.5651 })).toBe('goal');
    expect(grade('r_speech', 'other speakers', { value: 0.5649 })).toBe('floor');
  });

  test('closures must also exceed chance', () => {
    expect(grade('closure_recall', 'other speakers', { value: 0.95 })).toBe('moonshot');
    expect(grade('closure_recall', 'other speakers', { value: 0.95, chance: 0.6 })).toBe('goal');
    expect(grade('closure_recall', 'other speakers', { value: 0.95, chance: 0.8 })).toBe('floor');
    expect(grade('closure_recall', 'other speakers', { value: 0.95, chance: 0.9 })).toBe('below');
    expect(grade('closure_recall', 'other speakers', { value: 0.59, chance: 0 })).toBe('below');
  });

  test('a lag may have either sign, speed in silence must be small', () => {
    expect(grade('lag_ms', 'other speakers', { value: -39 })).toBe('goal');
    expect(grade('lag_ms', 'other speakers', { value: 41 })).toBe('floor');
    expect(grade('lag_ms', 'other speakers', { value: -81 })).toBe('below');
    expect(grade('sil_speed', 'other speakers', { value: 5 })).toBe('moonshot');
    expect(grade('sil_speed', 'other speakers', { value: 12.5 })).toBe('below');
  });

  test('ratios may be too large as well as too small', () => {
    expect(grade('amplitude', 'other speakers', { value: 1.08 })).toBe('moonshot');
    expect(grade('amplitude', 'other speakers', { value: 1.25 })).toBe('goal');
    expect(grade('speed_ratio', 'other speakers', { value: 0.65 })).toBe('floor');
    expect(grade('speed_ratio', 'other speakers', { value: 1.41 })).toBe('below');
  });

  test('the error of the lips is compared with a still mouth', () => {
    expect(grade('lmd_motion', 'other speakers', { value: 2 })).toBeNull();
    expect(grade('lmd_motion', 'other speakers', { value: 2, still: 2 })).toBe('below');
    expect(grade('lmd_motion', 'other speakers', { value: 1.9, still: 2 })).toBe('floor');
    expect(grade('lmd_motion', 'other speakers', { value: 1.5, still: 2 })).toBe('goal');
    expect(grade('lmd_motion', 'other speakers', { value: 1, still: 2 })).toBe('moonshot');
  });

  test('a measure without a bar or a value has no mark', () => {
    expect(grade('rmse', 'other speakers', { value: 1 })).toBeNull();
    expect(grade('r_speech', 'other speakers', { value: Number.NaN })).toBeNull();
  });
});

test('groups of other data sets count as continuous speech', () => {
  expect(kindOfGroup('grid_s1')).toBe('training speaker');
  expect(kindOfGroup('grid_other')).toBe('other speakers');
  expect(kindOfGroup('german radio')).toBe('continuous speech');
});
