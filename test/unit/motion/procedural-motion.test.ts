/** @file ProceduralMotion: controls, passages between the activities, and hours without drift. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONTROLS, resolveControls } from '../../../src/options/controls';
import { FRAME_RATE_HZ } from '../../../src/core/time';
import type { PortraitState } from '../../../src/core/portrait-state';
import { ADJUSTMENT } from '../../../src/motion/motion-adjustment';
import { ProceduralMotion } from '../../../src/motion/procedural-motion';
import { deviation, type Heard, mean, voiceLevels } from './voice-levels';

const SILENCE: Heard = { speech: 0, level: -100 };
const silence = (frames: number): Heard[] => Array.from({ length: frames }, () => SILENCE);
const PITCH = ADJUSTMENT.angles;
const YAW = ADJUSTMENT.angles + 1;

function record(motion: ProceduralMotion, state: PortraitState, heard: readonly Heard[]): Float32Array[] {
  return heard.map((sound) => motion.next(sound, state).slice());
}

const column = (frames: readonly Float32Array[], place: number): number[] => frames.map((frame) => frame[place]!);

describe('controls', () => {
  const heard = voiceLevels(1500).heard;

  it('are the model’s own motion by default', () => {
    const [frame] = record(new ProceduralMotion(1), 'speaking', heard.slice(0, 1));
    expect(Array.from(frame!.subarray(ADJUSTMENT.raise, ADJUSTMENT.head))).toEqual([0, 1, 1]);
    expect(frame![ADJUSTMENT.hold]).toBe(1);
    expect(Math.max(...frame!.slice(0, ADJUSTMENT.gaze).map(Math.abs))).toBeLessThan(0.1); // the first picture is the photo
  });

  it('count at once when set before the start, are eased over later', () => {
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

  it('expressiveness scales what speech moves, and keeps breath and sway', () => {
    const lively = column(record(new ProceduralMotion(1), 'speaking', heard), YAW);
    const flat = new ProceduralMotion(1, resolveControls({ expressiveness: 0 }));
    const frames = record(flat, 'speaking', heard);
    expect(deviation(column(frames, YAW))).toBeLessThan(0.4 * deviation(lively));
    expect(deviation(column(frames, YAW))).toBeGreaterThan(0.2);
    expect(Math.max(...column(frames, ADJUSTMENT.raise))).toBeLessThan(1e-6);
    expect(frames[100]![ADJUSTMENT.head]).toBe(0);
    const wild = record(new ProceduralMotion(1, resolveControls({ expressiveness: 2 })), 'speaking', heard);
    expect(deviation(column(wild, YAW))).toBeGreaterThan(1.6 * deviation(lively));
    expect(Math.max(...column(wild, YAW).map(Math.abs), ...column(wild, PITCH).map(Math.abs))).toBeLessThan(20);
  });

  it('stillness rests the head and the eyes, and leaves half the blinks', () => {
    const still = (): ProceduralMotion => new ProceduralMotion(3, resolveControls({ stillness: 1 }));
    for (const frames of [record(still(), 'speaking', heard), record(still(), 'idle', silence(1500))]) {
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

  it('gaze goes to its target in a saccade of two frames, the head follows part of a long way', () => {
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

describe('activities', () => {
  it('pass into one another without a jump', () => {
    const motion = new ProceduralMotion(2);
    const voice = voiceLevels(400).heard;
    const frames = [
      ...record(motion, 'idle', silence(200)),
      ...record(motion, 'speaking', voice),
      ...record(motion, 'idle', silence(200)),
      ...record(motion, 'listening', silence(300)),
      ...record(motion, 'speaking', voice),
      ...record(motion, 'listening', silence(100)),
    ];
    for (const place of [PITCH, YAW, ADJUSTMENT.angles + 2, ADJUSTMENT.raise, ADJUSTMENT.translation + 1]) {
      const values = column(frames, place);
      const steps = values.slice(1).map((value, i) => Math.abs(value - values[i]!));
      expect(Math.max(...steps)).toBeLessThan(1.5);
    }
  });

  it('leave the head to the tokens in speech, and mostly to the rules without, passing smoothly', () => {
    const motion = new ProceduralMotion(1);
    const voice = voiceLevels(100).heard;
    const heads = [
      ...record(motion, 'listening', silence(50)),
      ...record(motion, 'speaking', voice),
      ...record(motion, 'idle', silence(50)),
    ].map((frame) => frame[ADJUSTMENT.head]!);
    for (const rest of [0, 49, 149 + 20]) expect(heads[rest]).toBeCloseTo(0.35, 5);
    expect(heads.slice(50 + 15, 150)).toEqual(Array(85).fill(1));
    expect(Math.max(...heads.slice(1).map((head, i) => Math.abs(head - heads[i]!)))).toBeLessThan(0.05);
  });

  it('differ: a speaker moves most, a listener nods and looks at the viewer', () => {
    const minutes = 3 * 60 * FRAME_RATE_HZ;
    const idle = record(new ProceduralMotion(4), 'idle', silence(minutes));
    const listening = record(new ProceduralMotion(4), 'listening', silence(minutes));
    const speaking = record(new ProceduralMotion(4), 'speaking', voiceLevels(minutes).heard);
    const [a, b, c] = [idle, listening, speaking].map((frames) => deviation(column(frames, YAW)));
    expect(c).toBeGreaterThan(1.4 * Math.max(a!, b!));
    expect(deviation(column(listening, ADJUSTMENT.gaze))).toBeLessThan(0.6 * deviation(column(idle, ADJUSTMENT.gaze)));
    expect(Math.max(...column(listening, PITCH))).toBeGreaterThan(2.4);
  });
});

describe('ProceduralMotion', () => {
  it('repeats with its seed, after a reset too, and differs with another', () => {
    const heard = voiceLevels(300).heard;
    const motion = new ProceduralMotion(8);
    const first = record(motion, 'speaking', heard);
    motion.reset();
    expect(record(motion, 'speaking', heard)).toEqual(first);
    expect(record(new ProceduralMotion(9), 'speaking', heard)).not.toEqual(first);
  });

  it('is the same in the third hour of idling as in the first', () => {
    const motion = new ProceduralMotion(1);
    const hour = 3600 * FRAME_RATE_HZ;
    const places = [PITCH, YAW, ADJUSTMENT.gaze, ADJUSTMENT.gaze + 1, ADJUSTMENT.translation + 1, ADJUSTMENT.blinkLeft];
    const hours = Array.from({ length: 3 }, () => {
      const values = places.map(() => new Float32Array(hour));
      for (let frame = 0; frame < hour; frame++) {
        const adjustment = motion.next(SILENCE, 'idle');
        places.forEach((place, i) => (values[i]![frame] = adjustment[place]!));
      }
      return values.map((column) => ({ mean: mean([...column]), deviation: deviation([...column]) }));
    });
    places.forEach((_, i) => {
      const [first, last] = [hours[0]![i]!, hours[2]![i]!];
      expect(Math.abs(last.deviation / first.deviation - 1)).toBeLessThan(0.1);
      expect(Math.abs(last.mean - first.mean)).toBeLessThan(0.15 * first.deviation);
    });
  });
});
