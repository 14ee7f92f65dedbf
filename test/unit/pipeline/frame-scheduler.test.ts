/** @file When pictures are drawn: every motion frame completely, the newest of a burst, and only motion frames on a slow adapter. */
import { describe, expect, it } from 'vitest';
import { FrameScheduler } from '../../../src/pipeline/frame-scheduler';

const FRAME_MS = 40;
const FAST_MS = 2;
const SLOW_MS = 14;

type Drawing = { at: number; position: number };

/** Simulates a display. `arrivals[n]` is when motion frame n is made. */
function play(arrivals: number[], displayMs: number, pictureMs: number, end = arrivals.at(-1)! + 100): Drawing[] {
  const scheduler = new FrameScheduler();
  const drawings: Drawing[] = [];
  let newest = -1;
  const record = (at: number, mix: number | null): void => {
    if (mix !== null) drawings.push({ at, position: newest - 1 + mix });
  };
  const displays = Array.from({ length: Math.ceil((end + 300) / displayMs) }, (_, k) => k * displayMs - 300);
  const events = [
    ...arrivals.map((at) => ({ at, arrival: true })),
    ...displays.map((at) => ({ at, arrival: false })),
  ].sort((a, b) => a.at - b.at);
  for (const { at, arrival } of events) {
    if (arrival) {
      scheduler.arrived(++newest, at);
      record(at, scheduler.onArrival(at));
    } else if (scheduler.afford(pictureMs)) {
      record(at, scheduler.onDisplay(at));
    }
  }
  return drawings;
}

const steady = (count: number, jitter: (n: number) => number = () => 0): number[] =>
  Array.from({ length: count }, (_, n) => 5 + n * FRAME_MS + jitter(n));

describe('FrameScheduler', () => {
  it.each([30, 50, 60, 75, 120, 144])('shows every motion frame completely at %i Hz', (hertz) => {
    const drawings = play(steady(50), 1000 / hertz, FAST_MS);
    const shown = new Set(drawings.map(({ position }) => position));
    for (let n = 0; n < 50; n++) expect(shown, `frame ${n}`).toContain(n);
    // Never backwards.
    drawings.slice(1).forEach(({ position }, k) => expect(position).toBeGreaterThan(drawings[k]!.position));
  });

  // With more jitter two could arrive within one display frame, which cannot show both.
  it('shows every motion frame completely when they arrive up to 11 ms early or late', () => {
    const jitter = (n: number): number => [0, 11, -11, 6, -10, 10, -4][n % 7]!;
    const shown = new Set(play(steady(70, jitter), 1000 / 60, FAST_MS).map(({ position }) => position));
    for (let n = 0; n < 70; n++) expect(shown, `frame ${n}`).toContain(n);
  });

  it('draws at display rate in between, and nothing once the newest frame is shown completely', () => {
    const arrivals = steady(25);
    const drawings = play(arrivals, 1000 / 60, FAST_MS, arrivals.at(-1)! + 1000);
    expect(drawings.filter(({ position }) => position % 1 !== 0).length).toBeGreaterThan(15);
    expect(drawings.length).toBeLessThanOrEqual(60);
    expect(drawings.at(-1)!.at).toBeLessThan(arrivals.at(-1)! + FRAME_MS);
  });

  it('delays a motion frame by less than its length', () => {
    const arrivals = steady(50);
    const whole = play(arrivals, 1000 / 60, FAST_MS).filter(({ position }) => position >= 0 && position % 1 === 0);
    expect(whole).toHaveLength(50);
    for (const { at, position } of whole) expect(at - arrivals[position]!).toBeLessThan(FRAME_MS);
  });

  it('draws each motion frame once, when it arrives, if pictures are expensive', () => {
    const arrivals = steady(50);
    const drawings = play(arrivals, 1000 / 60, SLOW_MS);
    expect(drawings).toEqual(arrivals.map((at, position) => ({ at, position })));
  });

  it('shows the newest of a burst', () => {
    const drawings = play([5, 45, 200, 201, 202, 203], 1000 / 60, FAST_MS);
    expect(drawings.at(-1)!.position).toBe(5);
    // Frames 2 and 3 are lost, because the renderer keeps only the last two.
    expect(drawings.filter(({ at }) => at > 203).every(({ position }) => position >= 4)).toBe(true);
  });

  it('draws on arrival while the page is hidden', () => {
    const scheduler = new FrameScheduler();
    scheduler.afford(FAST_MS);
    for (let at = 0; at < 200; at += 16) scheduler.onDisplay(at);
    scheduler.arrived(0, 210);
    expect(scheduler.onArrival(210)).toBeNull();
    scheduler.arrived(1, 900);
    expect(scheduler.onArrival(900)).toBe(1);
  });

  it('does not alternate between the two modes', () => {
    const scheduler = new FrameScheduler();
    expect(scheduler.afford(9)).toBe(true);
    for (let at = 0; at < 400; at += 16) scheduler.onDisplay(at);
    expect(scheduler.afford(12)).toBe(true); // Too expensive to begin with, but not to go on.
    expect(scheduler.afford(14)).toBe(false);
    expect(scheduler.afford(13)).toBe(false);
  });
});
