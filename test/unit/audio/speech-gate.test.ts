import { describe, expect, it } from 'vitest';
import { SpeechGate } from '../../../src/audio/speech-gate';

const run = (gate: SpeechGate, frames: [speech: number, level: number][]) =>
  frames.map(([speech, level]) => gate.update({ speech, level }));
const repeat = (count: number, frame: [number, number]) => Array.from({ length: count }, () => frame);

describe('SpeechGate', () => {
  it('opens on probable, loud frames only', () => {
    expect(
      run(new SpeechGate(), [
        [0.59, -20],
        [0.9, -70],
        [0.6, -20],
      ]),
    ).toEqual([false, false, true]);
  });

  it('stays open between the thresholds, however long', () => {
    const gate = new SpeechGate();
    gate.update({ speech: 0.9, level: -20 });
    expect(run(gate, repeat(100, [0.4, -30])).every(Boolean)).toBe(true);
  });

  it('bridges a pause of the hangover and closes with the frame after', () => {
    const gate = new SpeechGate({ hangoverFrames: 3 });
    gate.update({ speech: 0.9, level: -20 });
    expect(run(gate, repeat(5, [0.1, -30]))).toEqual([true, true, true, false, false]);
    gate.update({ speech: 0.9, level: -20 });
    expect(
      run(gate, [
        ...repeat(3, [0.1, -30] as [number, number]),
        [0.5, -20],
        ...repeat(4, [0.1, -30] as [number, number]),
      ]),
    ).toEqual([true, true, true, true, true, true, true, false]);
  });

  it('closes at once at a reset', () => {
    const gate = new SpeechGate();
    gate.update({ speech: 1, level: 0 });
    gate.reset();
    expect(gate.open).toBe(false);
    expect(gate.update({ speech: 0.4, level: 0 })).toBe(false);
  });
});
