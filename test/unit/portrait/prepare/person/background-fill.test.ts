/**
 * @file The completed background compared with the true background, which is known because it was hidden on purpose.
 */
import { describe, expect, it } from 'vitest';
import { uniform } from '../../../../../src/core/rng';
import type { RgbaImage } from '../../../../../src/core/rgba-image';
import { splitPhoto } from '../../../../../src/portrait/prepare/person/foreground';

const SIDE = 320;
const PIXELS_PER_IOD = 60;
const RADIUS = 60;
/** Depth behind the outline that a turning head uncovers: .25 IOD. */
const SHOWN_PX = 15;
const fromMiddle = (k: number): number => Math.hypot((k % SIDE) - SIDE / 2, Math.floor(k / SIDE) - SIDE / 2);

/**
 * A patterned wall, and the same wall behind a round person of one colour.
 *
 * @param wall grey value at (x, y), 0 ... 255
 */
function scene(wall: (x: number, y: number) => number): {
  truth: RgbaImage;
  photo: RgbaImage;
  alpha: Uint8ClampedArray;
} {
  const truth = new Uint8ClampedArray(4 * SIDE * SIDE).fill(255);
  const alpha = new Uint8ClampedArray(SIDE * SIDE);
  for (let k = 0; k < SIDE * SIDE; k++) {
    const value = wall(k % SIDE, Math.floor(k / SIDE));
    truth.set([value, value, value], 4 * k);
    alpha[k] = fromMiddle(k) < RADIUS ? 255 : 0;
  }
  const photo = truth.slice();
  alpha.forEach((a, k) => a && photo.set([200, 120, 90], 4 * k));
  const image = (data: Uint8ClampedArray): RgbaImage => ({ width: SIDE, height: SIDE, data });
  return { truth: image(truth), photo: image(photo), alpha };
}

const grain = (x: number, y: number): number => 40 * (uniform(7, y, x) - 0.5);

/** For the pixels that a turning head uncovers: mean error, and mean difference between neighbours. */
function look(made: RgbaImage, truth: RgbaImage): { error: number; roughness: number } {
  let [error, roughness, count] = [0, 0, 0];
  for (let k = 0; k < SIDE * SIDE; k++) {
    const d = fromMiddle(k);
    if (d > RADIUS - 1 || d < RADIUS - SHOWN_PX) continue;
    count++;
    error += Math.abs(made.data[4 * k]! - truth.data[4 * k]!);
    roughness += Math.abs(made.data[4 * k]! - made.data[4 * k + 4]!);
  }
  return { error: error / count, roughness: roughness / count };
}

describe('the background behind the person', () => {
  it('continues stripes and edges', () => {
    for (const wall of [
      (_: number, y: number): number => (Math.floor(y / 24) % 2 ? 210 : 60),
      (x: number): number => (Math.floor(x / 24) % 2 ? 210 : 60),
      (_: number, y: number): number => (y < SIDE / 2 ? 220 : 90),
    ]) {
      const { truth, photo, alpha } = scene(wall);
      const { error } = look(splitPhoto(photo, alpha, PIXELS_PER_IOD).background, truth);
      expect(error).toBeLessThan(15);
    }
  });

  it('has the grain of the background', () => {
    const { truth, photo, alpha } = scene((x, y) => 120 + grain(x, y));
    const [made, real] = [look(splitPhoto(photo, alpha, PIXELS_PER_IOD).background, truth), look(truth, truth)];
    expect(made.roughness).toBeGreaterThan(0.6 * real.roughness);
    expect(made.roughness).toBeLessThan(1.2 * real.roughness);
  });

  it('has no step at the outline, even in uneven light', () => {
    const { photo, alpha } = scene((x, y) => 60 + (120 * x) / SIDE + (40 * y) / SIDE);
    const { data } = splitPhoto(photo, alpha, PIXELS_PER_IOD).background;
    let largest = 0;
    for (let k = 1; k < SIDE * SIDE; k++) {
      if (k % SIDE === 0 || fromMiddle(k) < RADIUS - SHOWN_PX) continue;
      largest = Math.max(largest, Math.abs(data[4 * k]! - data[4 * k - 4]!));
    }
    expect(largest).toBeLessThan(6);
  });

  it('is a plain colour if there is too little background to copy, and never black', () => {
    const { photo, alpha } = scene(() => 100);
    const narrow = Uint8ClampedArray.from(alpha, (_, k) => (k % SIDE < 8 ? 0 : 255));
    const { data } = splitPhoto(photo, narrow, PIXELS_PER_IOD).background;
    expect(Math.abs(data[4 * (SIDE * 100 + 20)]! - 100)).toBeLessThan(3);
  });
});
