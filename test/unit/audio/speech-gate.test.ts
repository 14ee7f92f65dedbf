/** @file SpeechGate: thresholds, level and hangover. */

import { describe, expect, it } from 'vitest';
import { SpeechGate } from '../../../src/audio/speech-gate';

type Frame = [speech: number, level: number];
const run = (gate: SpeechGate, frames: Frame[]) => frames.map(([speech, level]) => gate.update({ speech, level }));
const repeat = (count: number, frame: Frame): Frame[] => Array.from({ length: count }, () => frame);

describe('SpeechGate', () => {
  it('opens only for frames that are probably speech and loud enough', () => {
    expect(
      run(new SpeechGate(), [
        [0.59, -20],
        [0.9, -70],
        [0.6, -20],
      ]),
    ).toEqual([false, false, true]);
  });

  it('stays open while the probability lies between the two thresholds', () => {
    const gate = new SpeechGate();
    gate.update({ speech: 0.9, level: -20 });
    expect(run(gate, repeat(100, [0.4, -30])).every(Boolean)).toBe(true);
  });

  it('bridges pauses of ten frames and closes after the eleventh', () => {
    const gate = new SpeechGate();
    gate.update({ speech: 0.9, level: -20 });
    expect(run(gate, repeat(12, [0.1, -30]))).toEqual([...Array(10).fill(true), false, false]);
    gate.update({ speech: 0.9, level: -20 });
    expect(run(gate, [...repeat(10, [0.1, -30]), [0.5, -20], ...repeat(11, [0.1, -30])])).toEqual([
      ...Array(21).fill(true),
      false,
    ]);
  });
});
