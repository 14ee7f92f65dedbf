/** @file Gaze over an hour: fixations at the viewer, saccades of one frame, microsaccades, no drift. */

import { describe, expect, it } from 'vitest';
import { FRAME_RATE_HZ } from '../../../src/core/time';
import type { PortraitState } from '../../../src/core/portrait-state';
import { ActivityBlend } from '../../../src/motion/activity';
import { GazeMotion } from '../../../src/motion/gaze-motion';

const SECONDS = 3600;

function record(state: PortraitState, { seed = 1, alert = false, seconds = SECONDS } = {}) {
  const [gaze, blend] = [new GazeMotion(seed), new ActivityBlend()];
  for (let frame = 0; frame < 50; frame++) blend.advance(state);
  const path = Array.from({ length: seconds * FRAME_RATE_HZ }, () => gaze.next(blend, alert));
  const steps = path.slice(1).map(({ x, y }, i) => Math.hypot(x - path[i]!.x, y - path[i]!.y));
  return { path, steps, saccades: gaze.saccades };
}

const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;
/** Off the viewer's face: eye to eye to mouth is within this at arm's length and more. */
const onViewer = ({ x, y }: { x: number; y: number }): boolean => Math.hypot(x, y) < 1.6;

describe('GazeMotion', () => {
  const idle = record('idle');

  it('holds still but for jumps that last a frame', () => {
    expect(share(idle.steps.map((step) => step === 0))).toBeGreaterThan(0.9);
    const jumps = idle.steps.filter((step) => step > 0);
    expect(Math.min(...jumps)).toBeGreaterThan(0.02);
    // Two in a row would be a glide.
    const large = idle.steps.map((step) => step > 1);
    expect(large.filter((jump, i) => jump && large[i + 1]).length / large.filter(Boolean).length).toBeLessThan(0.05);
  });

  it('makes saccades of 1 to 5 degrees every one to four seconds, microsaccades of 0.1 to 0.5 once or twice a second', () => {
    const seconds = SECONDS / idle.saccades;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(4);
    const large = idle.steps.filter((step) => step > 1);
    expect(Math.max(...large)).toBeLessThan(7);
    const perSecond = idle.steps.filter((step) => step >= 0.08 && step <= 0.52).length / SECONDS;
    expect(perSecond).toBeGreaterThan(1);
    expect(perSecond).toBeLessThan(2);
  });

  it('rests on the viewer mostly at rest, nearly always when listening or speaking', () => {
    expect(share(idle.path.map(onViewer))).toBeGreaterThan(0.6);
    expect(share(record('listening').path.map(onViewer))).toBeGreaterThan(0.95);
    expect(share(record('speaking').path.map(onViewer))).toBeGreaterThan(0.85);
    expect(share(record('speaking').path.map(onViewer))).toBeLessThan(0.99);
  });

  it('does not wander when something else is to be looked at', () => {
    expect(share(record('idle', { alert: true }).path.map(onViewer))).toBe(1);
  });

  it('does not drift: every ten minutes look alike', () => {
    const part = idle.path.length / 6;
    for (let i = 0; i < 6; i++) {
      const x = idle.path.slice(i * part, (i + 1) * part).map((point) => point.x);
      expect(Math.abs(x.reduce((sum, value) => sum + value, 0) / part)).toBeLessThan(0.5);
      expect(Math.max(...x.map(Math.abs))).toBeLessThan(5.6);
    }
  });

  it('repeats with its seed, after a reset too', () => {
    const [gaze, blend] = [new GazeMotion(3), new ActivityBlend()];
    const first = Array.from({ length: 500 }, () => gaze.next(blend, false));
    gaze.reset();
    expect(Array.from({ length: 500 }, () => gaze.next(blend, false))).toEqual(first);
    expect(record('idle', { seed: 4, seconds: 20 }).path).not.toEqual(first);
  });
});
