/** @file The direction in which a portrait sees a point of the page. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GazeTarget } from '../../../src/options/controls';
import { GazeFollower, gazeTowards } from '../../../src/page/gaze-follower';

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

describe('GazeFollower', () => {
  let frames: (() => void)[] = [];
  beforeEach(() => {
    frames = [];
    vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
    vi.stubGlobal('cancelAnimationFrame', (request: number) => (frames[request - 1] = () => {}));
  });
  afterEach(() => vi.unstubAllGlobals());
  const nextFrame = (): void => frames.splice(0).forEach((frame) => frame());

  function follower() {
    const looked: (GazeTarget | undefined)[] = [];
    let at = canvas;
    const following = new GazeFollower(
      { getBoundingClientRect: () => at as DOMRect },
      () => false,
      (gaze) => looked.push(gaze),
    );
    return { following, looked, moveCanvas: (left: number) => (at = { ...canvas, left }) };
  }

  it('follows a point while the canvas moves, and looks at nothing any more with null', () => {
    const { following, looked, moveCanvas } = follower();
    following.follow({ x: 200, y: 184 });
    nextFrame();
    expect(looked).toEqual([{ x: 0, y: 0 }]);
    moveCanvas(40);
    nextFrame();
    expect(looked).toHaveLength(2);
    expect(looked[1]).toMatchObject({ x: expect.closeTo((Math.atan2(60, 240) * 180) / Math.PI, 6) });
    following.follow(null);
    moveCanvas(100);
    nextFrame();
    expect(looked.slice(2)).toEqual([undefined]);
  });

  it('follows an element as long as it is on the page', () => {
    const { following, looked } = follower();
    const element = { isConnected: true, getBoundingClientRect: () => canvas } as unknown as Element;
    following.follow(element);
    Object.assign(element, { isConnected: false, getBoundingClientRect: () => new Error('not called') });
    nextFrame();
    expect(looked).toHaveLength(1);
  });

  it.each([undefined, {}, { x: 1 }, { x: Number.NaN, y: 0 }, 'body', 5])(
    'refuses %o, and goes on as before',
    (target) => {
      const { following, looked, moveCanvas } = follower();
      following.follow({ x: 200, y: 184 });
      expect(() => following.follow(target as never)).toThrow('cannot be looked at');
      moveCanvas(40);
      nextFrame();
      expect(looked).toHaveLength(2);
    },
  );
});
