/** @file Procedural head motion: size, smoothness, mean, and its relation to the voice. */

import { describe, expect, it } from 'vitest';
import type { VoiceActivity } from '../../../src/core/audio-types';
import { FRAME_RATE_HZ } from '../../../src/core/time';
import type { MotionState } from '../../../src/core/portrait-state';
import { StateBlend } from '../../../src/motion/state-blend';
import { HeadMotion } from '../../../src/motion/head-motion';
import { deviation, mean, silence, voiceLevels } from './voice-levels';

const FULL = { speech: 1, silence: 1 };
const MINUTE = 60 * FRAME_RATE_HZ;

type Frame = { pitch: number; yaw: number; roll: number; raise: number; lift: number };

function record(state: MotionState, voice: readonly VoiceActivity[], { seed = 1, gains = FULL } = {}): Frame[] {
  const [head, blend] = [new HeadMotion(seed), new StateBlend()];
  return voice.map((activity) => {
    blend.advance(state);
    head.next(activity, state, blend, gains);
    return { ...head.angles, raise: head.raise, lift: head.lift };
  });
}

const speech = voiceLevels(8 * MINUTE);
const speaking = record('speaking', speech.voice);
const idle = record('idle', silence(8 * MINUTE));
const attentive = record('attentive', silence(8 * MINUTE));
const all = { speaking, idle, attentive };
const axis = (frames: readonly Frame[], name: keyof Frame): number[] => frames.map((frame) => frame[name]);

describe('HeadMotion', () => {
  it('moves the head in speech nearly as much as people do, and less in idle', () => {
    const [yaw, pitch] = [deviation(axis(speaking, 'yaw')), deviation(axis(speaking, 'pitch'))];
    // Tracked people in continuous speech: 4.1 and 3.7.
    expect(yaw).toBeGreaterThan(2.2);
    expect(yaw).toBeLessThan(4.1);
    expect(pitch).toBeGreaterThan(1.2);
    expect(pitch).toBeLessThan(2.5);
    // 12 degrees per second in the same tracks; a talking head that hardly turns looks like a photograph.
    const turned = axis(speaking, 'yaw').map((value, i, values) => Math.abs(value - (values[i - 1] ?? value)));
    expect(mean(turned) * FRAME_RATE_HZ).toBeGreaterThan(5.5);
    expect(deviation(axis(idle, 'yaw'))).toBeLessThan(1.4);
    expect(deviation(axis(idle, 'yaw'))).toBeGreaterThan(0.4);
  });

  it.each(Object.keys(all) as (keyof typeof all)[])(
    '%s: starts at the rest pose, has no mean, does not jump and stays within its bounds',
    (name) => {
      // Degrees, degrees per frame, and their change. 2.2 degrees per frame are 55 per second; the 99th percentile of
      // tracked people is 39 to 151.
      const [reach, step, jerk] = name === 'speaking' ? [11.5, 2.2, 1.1] : [10, 1.5, 0.9];
      const frames = all[name];
      for (const part of ['pitch', 'yaw', 'roll'] as const) {
        const values = axis(frames, part);
        expect(Math.abs(values[0]!)).toBeLessThan(0.1);
        expect(Math.abs(mean(values))).toBeLessThan(0.5);
        expect(Math.max(...values.map(Math.abs))).toBeLessThan(reach);
        const steps = values.slice(1).map((value, i) => value - values[i]!);
        expect(Math.max(...steps.map(Math.abs))).toBeLessThan(step);
        const jerks = steps.slice(1).map((step, i) => Math.abs(step - steps[i]!));
        expect(Math.max(...jerks)).toBeLessThan(jerk);
      }
      expect(Math.max(...axis(frames, 'raise'))).toBeLessThanOrEqual(0.4);
      expect(Math.min(...axis(frames, 'raise'))).toBeGreaterThan(-0.05);
    },
  );

  it('lowers the head 80 to 280 ms after a stressed syllable', () => {
    const pitch = axis(speaking, 'pitch');
    const slow = pitch.map((_, i) => mean(pitch.slice(Math.max(0, i - 12), i + 13)));
    const after = (lag: number): number =>
      mean(
        speech.stressed
          .filter((frame) => frame + lag >= 0 && frame + lag < pitch.length)
          .map((frame) => pitch[frame + lag]! - slow[frame + lag]!),
      );
    const lags = [2, 3, 4, 5, 6, 7].map(after);
    expect(Math.max(...lags)).toBeGreaterThan(0.1);
    expect(Math.max(...lags)).toBeGreaterThan(after(0) + 0.1);
  });

  it('raises the brows at some of the accents', () => {
    const raised = axis(speaking, 'raise').filter(
      (raise, i, raises) => raise > 0.06 && !(raises[i - 1]! > 0.06),
    ).length;
    expect(raised / speech.stressed.length).toBeGreaterThan(0.1);
    expect(raised / speech.stressed.length).toBeLessThan(0.6);
    expect(Math.max(...axis(idle, 'raise'))).toBe(0);
  });

  it('nods a few times a minute in the attentive state', () => {
    const pitch = axis(attentive, 'pitch');
    const nods = pitch.filter((value, i) => value > 0.9 && pitch[i - 1]! <= 0.9).length / 8;
    expect(nods).toBeGreaterThan(5);
    expect(nods).toBeLessThan(25);
  });

  it('scales with its gains and is 0 without them', () => {
    const half = record('speaking', speech.voice.slice(0, 500), { gains: { speech: 0.5, silence: 0.5 } });
    expect(half[400]!.yaw).toBeCloseTo(speaking[400]!.yaw / 2, 6);
    const none = record('speaking', speech.voice.slice(0, 500), { gains: { speech: 0, silence: 0 } });
    for (const frame of none) for (const value of Object.values(frame)) expect(Math.abs(value)).toBe(0);
  });

  it('breathes in silence', () => {
    expect(deviation(axis(idle, 'lift'))).toBeGreaterThan(0.003);
  });

  it('is the same for the same seed, and different for another', () => {
    const run = (seed: number): Frame[] => record('speaking', speech.voice.slice(0, 400), { seed });
    expect(run(5)).toEqual(run(5));
    expect(run(6)).not.toEqual(run(5));
  });
});
