/** @file A collar that the matte missed is found in front of an even wall, and nothing else is. */
import { describe, expect, it } from 'vitest';
import { uniform } from '../../../../../src/core/rng';
import type { RgbaImage } from '../../../../../src/core/rgba-image';
import { splitPhoto } from '../../../../../src/portrait/prepare/person/foreground';
import { findMissedForeground } from '../../../../../src/portrait/prepare/person/missed-foreground';

const SIDE = 240;
const PIXELS_PER_IOD = 80;
const RADIUS = 50;
/**
 * The collar is a ring of another colour round the person. The matte contains it except for a gap of this width below.
 */
const GAP_PX = 40;
const COLLAR_PX = 12;
const COLLAR = [150, 130, 190];
const SKIN = [200, 120, 90];

/**
 * @param noise of the wall, 0 ... 255
 * @param spot side of its squares of one colour, px
 * @param stain gives the gap a colour that the person does not have
 */
function scene(noise: number, spot = 1, stain: number[] | null = null): { photo: RgbaImage; alpha: Uint8ClampedArray } {
  const data = new Uint8ClampedArray(4 * SIDE * SIDE).fill(255);
  const alpha = new Uint8ClampedArray(SIDE * SIDE);
  for (let k = 0; k < SIDE * SIDE; k++) {
    const [x, y] = [(k % SIDE) - SIDE / 2, Math.floor(k / SIDE) - SIDE / 2];
    const d = Math.hypot(x, y);
    const inCollar = d >= RADIUS && d < RADIUS + COLLAR_PX;
    const wall = [215, 210, 215].map(
      (value) => value + noise * (uniform(3, Math.floor((x + SIDE) / spot), Math.floor((y + SIDE) / spot)) - 0.5),
    );
    const inGap = y > 0 && Math.abs(x) < GAP_PX / 2;
    data.set(d < RADIUS ? SKIN : inCollar ? (inGap && stain) || COLLAR : wall, 4 * k);
    alpha[k] = d < RADIUS || (inCollar && !inGap) ? 255 : 0;
  }
  return { photo: { width: SIDE, height: SIDE, data }, alpha };
}

const found = ({ photo, alpha }: ReturnType<typeof scene>): number =>
  findMissedForeground(alpha, photo, PIXELS_PER_IOD).reduce((a, b) => a + b, 0);

const GAP_PIXELS = GAP_PX * COLLAR_PX;

describe('findMissedForeground', () => {
  it('finds colours that the person has elsewhere and the wall does not have', () => {
    expect(found(scene(6))).toBeGreaterThan(0.9 * GAP_PIXELS);
    expect(found(scene(6))).toBeLessThan(1.2 * GAP_PIXELS);
  });

  it('finds neither colours that the person does not have nor anything in front of an uneven wall', () => {
    expect(found(scene(6, 1, [60, 160, 80]))).toBe(0);
    expect(found(scene(160, 10))).toBe(0);
  });

  it('finds a collar that then moves with the person and is not part of the background', () => {
    const { photo, alpha } = scene(6);
    const missed = findMissedForeground(alpha, photo, PIXELS_PER_IOD);
    const split = splitPhoto(photo, alpha, PIXELS_PER_IOD);
    missed.forEach((is, k) => {
      if (!is) return;
      expect(split.photo.data[4 * k + 3]).toBe(255);
      expect(Math.abs(split.background.data[4 * k]! - 215)).toBeLessThan(10);
    });
  });
});
