/** @file Idle life: blink rates and shape, slow and small sway, calm on demand, and how it meets the latent. */

import { describe, expect, it } from 'vitest';
import { FRAME_RATE_HZ } from '../../../src/core/time';
import { blinkAt, IdleMotion } from '../../../src/motion/idle-motion';
import { addIdle, IDLE, IDLE_SIZE } from '../../../src/motion/idle-offset';
import { largestDifference } from '../../reference/compare';
import { finishLatent } from '../../reference/motion-reference';
import { normals } from '../../reference/random-motion';

const MINUTES = 60;
const FRAMES = MINUTES * 60 * FRAME_RATE_HZ;

function record(speech: number, seed = 1, stillness = 0, frames = FRAMES): Float32Array[] {
  const idle = new IdleMotion(seed);
  idle.stillness = stillness;
  return Array.from({ length: frames }, () => idle.next(speech).slice());
}

/** Frames at which the lids begin to close. */
function blinkStarts(frames: readonly Float32Array[]): number[] {
  return frames.flatMap((offset, n) =>
    offset[IDLE.blinkLeft]! > 0 && (n === 0 || frames[n - 1]![IDLE.blinkLeft] === 0) ? [n] : [],
  );
}

describe('blinks', () => {
  it('come 17 times a minute at rest', () => {
    expect(Math.abs(blinkStarts(record(0)).length / MINUTES - 17)).toBeLessThan(2);
  });

  it('leave speech to the tokens, but end what they have begun', () => {
    expect(blinkStarts(record(1))).toHaveLength(0);
    const idle = new IdleMotion(1);
    let frames = 0;
    while (idle.next(0)[IDLE.blinkLeft] === 0) frames++;
    expect(frames).toBeGreaterThan(0);
    const rest = Array.from({ length: 8 }, () => idle.next(1)[IDLE.blinkLeft]!);
    expect(Math.max(...rest)).toBeGreaterThan(0.9);
    expect(rest.at(-1)).toBe(0);
  });

  it('come at irregular intervals, never in a flutter', () => {
    const starts = blinkStarts(record(0));
    const gaps = starts.slice(1).map((start, i) => (start - starts[i]!) / FRAME_RATE_HZ);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.5);
    expect(Math.min(...gaps)).toBeGreaterThan(0.7);
  });

  it('close the eyes at 25 frames a second, whatever their phase', () => {
    const frames = record(0);
    for (const start of blinkStarts(frames).slice(0, 300)) {
      const blink = frames.slice(start, start + 6).map((offset) => offset[IDLE.blinkLeft]!);
      expect(Math.max(...blink)).toBeGreaterThan(0.9);
    }
  });

  it('last 180 ms and close faster than they open', () => {
    const curve = Array.from({ length: 200 }, (_, ms) => blinkAt(ms));
    expect(curve.filter((closed) => closed > 0)).toHaveLength(179);
    const half = (from: number, step: number): number => {
      let ms = from;
      while (curve[ms]! < 0.5) ms += step;
      return ms;
    };
    const peakStart = curve.indexOf(1);
    const peakEnd = curve.lastIndexOf(1);
    expect(peakStart - half(0, 1)).toBeLessThan(half(199, -1) - peakEnd);
  });
});

describe('sway', () => {
  const frames = record(0.3, 5);

  it('starts at rest and stays within about a degree', () => {
    for (const place of [IDLE.pitch, IDLE.yaw, IDLE.roll]) {
      expect(frames[0]![place]).toBeCloseTo(0, 9);
      const largest = Math.max(...frames.map((offset) => Math.abs(offset[place]!)));
      expect(largest).toBeGreaterThan(0.3);
      expect(largest).toBeLessThan(1.2);
    }
  });

  it('has no power above 0.3 Hz', () => {
    const seconds = 200;
    const yaw = frames.slice(FRAME_RATE_HZ, FRAME_RATE_HZ * (seconds + 1)).map((offset) => offset[IDLE.yaw]!);
    const n = yaw.length;
    const power = (bin: number): number => {
      let [re, im] = [0, 0];
      yaw.forEach((value, i) => {
        const window = 1 - Math.cos((2 * Math.PI * i) / n);
        re += window * value * Math.cos((2 * Math.PI * bin * i) / n);
        im -= window * value * Math.sin((2 * Math.PI * bin * i) / n);
      });
      return re * re + im * im;
    };
    const [low, high] = [[] as number[], [] as number[]];
    for (let bin = 1; bin < 2 * seconds; bin++) (bin / seconds <= 0.3 ? low : high).push(power(bin));
    const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(high) / sum(low)).toBeLessThan(1e-3);
  });
});

describe('IdleMotion', () => {
  it('repeats with its seed, after a reset too, and differs with another', () => {
    const idle = new IdleMotion(8);
    const first = Array.from({ length: 500 }, () => [...idle.next(0.5)]);
    idle.reset();
    expect(Array.from({ length: 500 }, () => [...idle.next(0.5)])).toEqual(first);
    expect(record(0.5, 9, 0, 500).map((offset) => [...offset])).not.toEqual(first);
  });

  it('does nothing at stillness 1, and half at one half', () => {
    expect(record(0, 1, 1, 5000).every((offset) => offset.every((value) => value === 0 || Object.is(value, -0)))).toBe(
      true,
    );
    const [lively, calm] = [record(0, 1, 0, 1000), record(0, 1, 0.5, 1000)];
    expect(calm[700]![IDLE.yaw]).toBeCloseTo(lively[700]![IDLE.yaw]! / 2, 6);
    const idle = new IdleMotion(1);
    expect(() => (idle.stillness = 1.5)).toThrow(/stillness/);
  });
});

describe('addIdle', () => {
  const s = normals(70, 40).map((value, i) => (i < 63 ? value / 10 : 5 * value));
  const lids = {
    read: normals(126, 41).map((value) => value / 20),
    close: normals(126, 42).map((value) => value / 20),
  };

  it('equals adding it before delta was turned', () => {
    const idle = new Float32Array([0.7, 1, 2, -3, 1.5, 0.01, -0.02, 0.03]);
    const latent = Float32Array.from(finishLatent(s));
    addIdle(latent, idle, lids);
    expect(largestDifference(latent, finishLatent(s, idle, lids))).toBeLessThan(1e-5);
  });

  it('leaves the latent alone when there is nothing to add', () => {
    const latent = Float32Array.from(finishLatent(s));
    const before = latent.slice();
    addIdle(latent, new Float32Array(IDLE_SIZE), lids);
    expect(largestDifference(latent, before)).toBeLessThan(1e-6);
  });

  it('does not close a closed eye further', () => {
    // One number of delta is the lid: read 1, close 1.
    const lid = { read: new Float32Array(126), close: new Float32Array(126) };
    lid.read[0] = lid.close[0] = 1;
    const blink = new Float32Array(IDLE_SIZE);
    blink[IDLE.blinkLeft] = 1;
    for (const closed of [-0.2, 0, 0.5, 1, 1.3]) {
      const latent = new Float32Array(70);
      latent[0] = closed;
      addIdle(latent, blink, lid);
      expect(latent[0]).toBeCloseTo(Math.max(1, closed), 6);
    }
  });
});
