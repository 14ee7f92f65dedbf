/** @file Gaze over an hour: fixations on the viewer, saccades of one frame, microsaccades, no drift. */

import { describe, expect, it } from 'vitest';
import { FRAME_RATE_HZ } from '../../../src/core/time';
import type { MotionState } from '../../../src/core/portrait-state';
import { StateBlend } from '../../../src/motion/state-blend';
import { GazeMotion } from '../../../src/motion/gaze-motion';

const SECONDS = 3600;

function record(state: MotionState, { seed = 1, staysOnTarget = false, seconds = SECONDS } = {}) {
  const [gaze, blend] = [new GazeMotion(seed), new StateBlend()];
  for (let frame = 0; frame < 50; frame++) blend.advance(state);
  const path = Array.from({ length: seconds * FRAME_RATE_HZ }, () => gaze.next(blend, staysOnTarget));
  const steps = path.slice(1).map(({ x, y }, i) => Math.hypot(x - path[i]!.x, y - path[i]!.y));
  return { path, steps, saccades: gaze.saccades };
}

const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;
/** Whether the gaze is on the viewer's face: eyes and mouth are within this angle at arm's length or more. */
const onViewer = ({ x, y }: { x: number; y: number }): boolean => Math.hypot(x, y) < 1.6;

describe('GazeMotion', () => {
  const idle = record('idle');

  it('is constant except for jumps of one frame', () => {
    expect(share(idle.steps.map((step) => step === 0))).toBeGreaterThan(0.9);
    const jumps = idle.steps.filter((step) => step > 0);
    expect(Math.min(...jumps)).toBeGreaterThan(0.02);
    // Two jumps in a row would be a glide.
    const large = idle.steps.map((step) => step > 1);
    expect(large.filter((jump, i) => jump && large[i + 1]).length / large.filter(Boolean).length).toBeLessThan(0.05);
  });

  it('makes saccades every one to four seconds, and one or two microsaccades per second of 0.1 to 0.5 degrees', () => {
    const seconds = SECONDS / idle.saccades;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(4);
    const large = idle.steps.filter((step) => step > 1);
    expect(Math.max(...large)).toBeLessThan(7);
    const perSecond = idle.steps.filter((step) => step >= 0.08 && step <= 0.52).length / SECONDS;
    expect(perSecond).toBeGreaterThan(1);
    expect(perSecond).toBeLessThan(2);
  });

  it('is on the viewer mostly in idle, and nearly always in the attentive state or speaking', () => {
    expect(share(idle.path.map(onViewer))).toBeGreaterThan(0.6);
    expect(share(record('attentive').path.map(onViewer))).toBeGreaterThan(0.95);
    expect(share(record('speaking').path.map(onViewer))).toBeGreaterThan(0.85);
    expect(share(record('speaking').path.map(onViewer))).toBeLessThan(0.99);
  });

  it('does not look away from a gaze target', () => {
    expect(share(record('idle', { staysOnTarget: true }).path.map(onViewer))).toBe(1);
  });

  it('does not drift in any ten minutes', () => {
    const part = idle.path.length / 6;
    for (let i = 0; i < 6; i++) {
      const x = idle.path.slice(i * part, (i + 1) * part).map((point) => point.x);
      expect(Math.abs(x.reduce((sum, value) => sum + value, 0) / part)).toBeLessThan(0.5);
      expect(Math.max(...x.map(Math.abs))).toBeLessThan(5.6);
    }
  });

  it('is the same for the same seed, and different for another', () => {
    const path = (seed: number) => record('idle', { seed, seconds: 20 }).path;
    expect(path(3)).toEqual(path(3));
    expect(path(4)).not.toEqual(path(3));
  });
});
