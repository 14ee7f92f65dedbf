/** @file ProceduralMotion: controls, transitions between the states, and hours without drift. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONTROLS, resolveControls } from '../../../src/options/controls';
import type { VoiceActivity } from '../../../src/core/audio-types';
import { FRAME_RATE_HZ } from '../../../src/core/time';
import type { MotionState } from '../../../src/core/portrait-state';
import { ADJUSTMENT } from '../../../src/motion/motion-adjustment';
import { ProceduralMotion } from '../../../src/motion/procedural-motion';
import { deviation, mean, SILENCE, silence, voiceLevels } from './voice-levels';

const PITCH = ADJUSTMENT.angles;
const YAW = ADJUSTMENT.angles + 1;

function record(motion: ProceduralMotion, state: MotionState, voice: readonly VoiceActivity[]): Float32Array[] {
  return voice.map((activity) => motion.next(activity, state).slice());
}

const column = (frames: readonly Float32Array[], offset: number): number[] => frames.map((frame) => frame[offset]!);

describe('motion controls', () => {
  const { voice } = voiceLevels(1500);

  it('leave the motion of the model unchanged by default', () => {
    const [frame] = record(new ProceduralMotion(1), 'speaking', voice.slice(0, 1));
    expect(Array.from(frame!.subarray(ADJUSTMENT.raise, ADJUSTMENT.head))).toEqual([0, 1, 1]);
    expect(frame![ADJUSTMENT.hold]).toBe(1);
    expect(Math.max(...frame!.slice(0, ADJUSTMENT.gaze).map(Math.abs))).toBeLessThan(0.1); // the first picture is the photo
  });

  it('take effect at once before the first frame, and are eased after it', () => {
    const controls = resolveControls({ mouthAmplitude: 2, expressiveness: 0.5 });
    const motion = new ProceduralMotion(1, DEFAULT_CONTROLS);
    motion.setControls(controls);
    expect(motion.next(SILENCE, 'idle')[ADJUSTMENT.mouth]).toBe(2);
    motion.setControls(DEFAULT_CONTROLS);
    const mouth = Array.from({ length: 30 }, () => motion.next(SILENCE, 'idle')[ADJUSTMENT.mouth]!);
    expect(mouth[0]).toBeGreaterThan(1.7);
    expect(mouth[4]).toBeLessThan(1.4);
    expect(mouth[29]).toBeCloseTo(1, 2);
    expect(mouth).toEqual(mouth.toSorted((a, b) => b - a));
  });

  it('scale the motion of speech by expressiveness, but not breath and sway', () => {
    const lively = column(record(new ProceduralMotion(1), 'speaking', voice), YAW);
    const flat = new ProceduralMotion(1, resolveControls({ expressiveness: 0 }));
    const frames = record(flat, 'speaking', voice);
    expect(deviation(column(frames, YAW))).toBeLessThan(0.4 * deviation(lively));
    expect(deviation(column(frames, YAW))).toBeGreaterThan(0.2);
    expect(Math.max(...column(frames, ADJUSTMENT.raise))).toBeLessThan(1e-6);
    expect(frames[100]![ADJUSTMENT.head]).toBe(0);
    const wild = record(new ProceduralMotion(1, resolveControls({ expressiveness: 2 })), 'speaking', voice);
    expect(deviation(column(wild, YAW))).toBeGreaterThan(1.6 * deviation(lively));
    expect(Math.max(...column(wild, YAW).map(Math.abs), ...column(wild, PITCH).map(Math.abs))).toBeLessThan(20);
  });

  it('hold head and eyes still at stillness 1, with half of the blinks', () => {
    const still = (): ProceduralMotion => new ProceduralMotion(3, resolveControls({ stillness: 1 }));
    for (const frames of [record(still(), 'speaking', voice), record(still(), 'idle', silence(1500))]) {
      for (const frame of frames) {
        for (let place = ADJUSTMENT.angles; place < ADJUSTMENT.gaze + 2; place++)
          expect(Math.abs(frame[place]!)).toBe(0);
        expect(frame[ADJUSTMENT.head]).toBe(0);
      }
    }
    const minutes = 20;
    const lids = column(record(still(), 'idle', silence(minutes * 60 * FRAME_RATE_HZ)), ADJUSTMENT.blinkLeft);
    const blinks = lids.filter((closed, n) => closed > 0 && !(lids[n - 1]! > 0)).length / minutes;
    expect(blinks).toBeGreaterThan(6);
    expect(blinks).toBeLessThan(12);
  });

  it('move the gaze to its target in a saccade of two frames, and the head part of a long way', () => {
    const motion = new ProceduralMotion(1, resolveControls({ stillness: 0 }));
    record(motion, 'idle', silence(100));
    const before = motion.next(SILENCE, 'idle').slice();
    motion.setControls(resolveControls({ gaze: { x: 25, y: -8 } }));
    const frames = record(motion, 'idle', silence(100));
    expect(Math.abs(frames[0]![ADJUSTMENT.gaze]! - before[ADJUSTMENT.gaze]!)).toBeLessThan(16);
    expect(Math.abs(frames[1]![ADJUSTMENT.gaze]! - 25)).toBeLessThan(2);
    expect(Math.abs(frames[99]![ADJUSTMENT.gaze]! - 25)).toBeLessThan(2);
    expect(Math.abs(frames[99]![ADJUSTMENT.gaze + 1]! + 8)).toBeLessThan(2);
    expect(frames[99]![YAW]!).toBeLessThan(before[YAW]! - 2);
    expect(Math.abs(frames[0]![YAW]! - before[YAW]!)).toBeLessThan(1);
  });
});

describe('states of the portrait', () => {
  it('follow one another without a jump', () => {
    const motion = new ProceduralMotion(2);
    const { voice } = voiceLevels(400);
    const frames = [
      ...record(motion, 'idle', silence(200)),
      ...record(motion, 'speaking', voice),
      ...record(motion, 'idle', silence(200)),
      ...record(motion, 'attentive', silence(300)),
      ...record(motion, 'speaking', voice),
      ...record(motion, 'attentive', silence(100)),
    ];
    for (const offset of [PITCH, YAW, ADJUSTMENT.angles + 2, ADJUSTMENT.raise, ADJUSTMENT.translation + 1]) {
      const values = column(frames, offset);
      const steps = values.slice(1).map((value, i) => Math.abs(value - values[i]!));
      expect(Math.max(...steps)).toBeLessThan(1.5);
    }
  });

  it('keep all of the tokens’ head motion in speech and a third of it in silence, with smooth transitions', () => {
    const motion = new ProceduralMotion(1);
    const { voice } = voiceLevels(100);
    const heads = [
      ...record(motion, 'attentive', silence(50)),
      ...record(motion, 'speaking', voice),
      ...record(motion, 'idle', silence(50)),
    ].map((frame) => frame[ADJUSTMENT.head]!);
    for (const silent of [0, 49, 149 + 20]) expect(heads[silent]).toBeCloseTo(0.35, 5);
    expect(heads.slice(50 + 15, 150)).toEqual(Array(85).fill(1));
    expect(Math.max(...heads.slice(1).map((head, i) => Math.abs(head - heads[i]!)))).toBeLessThan(0.05);
  });

  it('differ: the head moves most in speech; attentive nods and looks at the viewer', () => {
    const frames = 3 * 60 * FRAME_RATE_HZ;
    const idle = record(new ProceduralMotion(4), 'idle', silence(frames));
    const attentive = record(new ProceduralMotion(4), 'attentive', silence(frames));
    const speaking = record(new ProceduralMotion(4), 'speaking', voiceLevels(frames).voice);
    const [a, b, c] = [idle, attentive, speaking].map((frames) => deviation(column(frames, YAW)));
    expect(c).toBeGreaterThan(1.4 * Math.max(a!, b!));
    expect(deviation(column(attentive, ADJUSTMENT.gaze))).toBeLessThan(0.6 * deviation(column(idle, ADJUSTMENT.gaze)));
    expect(Math.max(...column(attentive, PITCH))).toBeGreaterThan(2.4);
  });
});

describe('ProceduralMotion', () => {
  it('is the same for the same seed, and different for another', () => {
    const { voice } = voiceLevels(300);
    const run = (seed: number) => record(new ProceduralMotion(seed), 'speaking', voice);
    expect(run(8)).toEqual(run(8));
    expect(run(9)).not.toEqual(run(8));
  });

  it('is the same in the third hour of idle as in the first', () => {
    const motion = new ProceduralMotion(1);
    const hour = 3600 * FRAME_RATE_HZ;
    const offsets = [
      PITCH,
      YAW,
      ADJUSTMENT.gaze,
      ADJUSTMENT.gaze + 1,
      ADJUSTMENT.translation + 1,
      ADJUSTMENT.blinkLeft,
    ];
    const hours = Array.from({ length: 3 }, () => {
      const values = offsets.map(() => new Float32Array(hour));
      for (let frame = 0; frame < hour; frame++) {
        const adjustment = motion.next(SILENCE, 'idle');
        offsets.forEach((offset, i) => (values[i]![frame] = adjustment[offset]!));
      }
      return values.map((column) => ({ mean: mean([...column]), deviation: deviation([...column]) }));
    });
    offsets.forEach((_, i) => {
      const [first, last] = [hours[0]![i]!, hours[2]![i]!];
      expect(Math.abs(last.deviation / first.deviation - 1)).toBeLessThan(0.1);
      expect(Math.abs(last.mean - first.mean)).toBeLessThan(0.15 * first.deviation);
    });
  });
});
