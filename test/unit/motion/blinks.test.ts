/** @file Blinks over an hour: number, duration, intervals and shape. */

import { describe, expect, it } from 'vitest';
import { FRAME_RATE_HZ } from '../../../src/core/time';
import { blinkAt, Blinks } from '../../../src/motion/blinks';

const MINUTES = 60;
const FRAMES = MINUTES * 60 * FRAME_RATE_HZ;

function record({ speech = 0, attentive = 0, rate = 1, seed = 1 } = {}): number[] {
  const blinks = new Blinks(seed);
  return Array.from({ length: FRAMES }, () => blinks.next(speech, attentive, rate));
}

/** Frames at which the lids begin to close. */
function starts(lids: readonly number[]): number[] {
  return lids.flatMap((closed, n) => (closed > 0 && (n === 0 || lids[n - 1] === 0) ? [n] : []));
}

/** Mean number of frames that a blink is visible. */
function meanFrames(lids: readonly number[]): number {
  return lids.filter((closed) => closed > 0).length / starts(lids).length;
}

describe('Blinks', () => {
  const idle = record();

  it('come 15 to 20 times a minute in idle, less often in the attentive state, half as often at stillness 1', () => {
    expect(Math.abs(starts(idle).length / MINUTES - 17)).toBeLessThan(2);
    expect(Math.abs(starts(record({ attentive: 1 })).length / MINUTES - 12.5)).toBeLessThan(2);
    expect(Math.abs(starts(record({ rate: 0.5 })).length / MINUTES - 9.4)).toBeLessThan(2);
  });

  it('do not begin during speech, but finish if they have begun', () => {
    expect(starts(record({ speech: 1 }))).toHaveLength(0);
    const blinks = new Blinks(1);
    let frames = 0;
    while (blinks.next(0, 0, 1) === 0) frames++;
    expect(frames).toBeGreaterThan(0);
    const remainder = Array.from({ length: 8 }, () => blinks.next(1, 0, 1));
    expect(Math.max(...remainder)).toBeGreaterThan(0.9);
    expect(remainder.at(-1)).toBe(0);
  });

  it('come at irregular intervals of at least 0.7 s', () => {
    const at = starts(idle);
    const gaps = at.slice(1).map((start, i) => (start - at[i]!) / FRAME_RATE_HZ);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.5);
    expect(Math.min(...gaps)).toBeGreaterThan(0.7);
  });

  it('are never further apart than a limit', () => {
    const longest = (lids: readonly number[]): number => {
      const at = starts(lids);
      return Math.max(...at.slice(1).map((start, i) => start - at[i]!)) / FRAME_RATE_HZ;
    };
    expect(longest(idle)).toBeLessThan(10);
    expect(longest(record({ attentive: 1 }))).toBeLessThan(14);
  });

  it('close the eyes fully at 25 frames per second, whatever the phase at which they begin', () => {
    for (const start of starts(idle).slice(0, 300)) {
      expect(Math.max(...idle.slice(start, start + 6))).toBeGreaterThan(0.9);
    }
  });

  it('last 180 ms and close faster than they open, a third longer in the attentive state', () => {
    const curve = Array.from({ length: 200 }, (_, ms) => blinkAt(ms));
    expect(curve.filter((closed) => closed > 0)).toHaveLength(179);
    const half = (from: number, step: number): number => {
      let ms = from;
      while (curve[ms]! < 0.5) ms += step;
      return ms;
    };
    expect(curve.indexOf(1) - half(0, 1)).toBeLessThan(half(199, -1) - curve.lastIndexOf(1));
    expect(Math.abs(meanFrames(idle) * 40 - 180)).toBeLessThan(8);
    expect(Math.abs(meanFrames(record({ attentive: 1 })) * 40 - 1.3 * 180)).toBeLessThan(10);
  });

  it('are the same for the same seed, and different for another', () => {
    const first = record({ seed: 8 });
    expect(record({ seed: 8 })).toEqual(first);
    expect(record({ seed: 9 })).not.toEqual(first);
  });
});
