/** @file The direction in which a portrait sees a point of the page. */
import { describe, expect, it } from 'vitest';
import { gazeTowards } from '../../../src/page/gaze-follower';

/** A canvas of 200 px whose eyes are at (200, 184). */
const canvas = { left: 100, top: 100, width: 200, height: 200 } as DOMRectReadOnly;

describe('gazeTowards', () => {
  it('is straight ahead at the eyes themselves', () => {
    expect(gazeTowards(canvas, { x: 200, y: 184 }, false)).toEqual({ x: 0, y: 0 });
  });

  it('is to the right and down for what lies there, and mirrored with the picture', () => {
    const gaze = gazeTowards(canvas, { x: 260, y: 214 }, false);
    expect(gaze.x).toBeCloseTo((Math.atan2(60, 240) * 180) / Math.PI, 6);
    expect(gaze.y).toBeCloseTo((Math.atan2(30, 240) * 180) / Math.PI, 6);
    expect(gazeTowards(canvas, { x: 260, y: 214 }, true)).toEqual({ x: -gaze.x, y: gaze.y });
  });

  it('stays within what eyes can do', () => {
    expect(gazeTowards(canvas, { x: 1e6, y: -1e6 }, false)).toEqual({ x: 30, y: -20 });
  });
});
