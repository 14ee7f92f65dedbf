/** @file The photo separated into person and background, and composed again. */
import { describe, expect, it } from 'vitest';
import type { RgbaImage } from '../../../../../src/core/rgba-image';
import { splitPhoto } from '../../../../../src/portrait/prepare/person/foreground';

const SIDE = 160;
const PIXELS_PER_IOD = 60;
const RADIUS = 40;
const SKIN = [200, 120, 90];
const WALL = [30, 60, 200];

/** A round person with a soft outline in front of a wall, and the true opacity. */
function scene(): { photo: RgbaImage; alpha: Uint8ClampedArray } {
  const data = new Uint8ClampedArray(4 * SIDE * SIDE).fill(255);
  const alpha = new Uint8ClampedArray(SIDE * SIDE);
  for (let k = 0; k < SIDE * SIDE; k++) {
    const d = Math.hypot((k % SIDE) - SIDE / 2, Math.floor(k / SIDE) - SIDE / 2) - RADIUS;
    const a = Math.min(1, Math.max(0, 0.5 - d / 8));
    alpha[k] = 255 * a;
    for (let c = 0; c < 3; c++) data[4 * k + c] = a * SKIN[c]! + (1 - a) * WALL[c]!;
  }
  return { photo: { width: SIDE, height: SIDE, data }, alpha };
}

const { photo, alpha } = scene();
const split = splitPhoto(photo, alpha, PIXELS_PER_IOD);
const pixel = ({ data }: RgbaImage, k: number): number[] => [...data.subarray(4 * k, 4 * k + 4)];

describe('splitPhoto', () => {
  it('finds the colours of the person and of the background at the outline', () => {
    let edges = 0;
    for (let k = 0; k < alpha.length; k++) {
      if (alpha[k]! < 20 || alpha[k]! > 235) continue;
      edges++;
      pixel(split.person, k)
        .slice(0, 3)
        .forEach((value, c) => expect(Math.abs(value - SKIN[c]!)).toBeLessThan(8));
    }
    expect(edges).toBeGreaterThan(500);
    expect([...alpha].every((a, k) => split.person.data[4 * k + 3] === a)).toBe(true);
  });

  it('fills in the background behind the person', () => {
    const middle = (SIDE / 2) * SIDE + SIDE / 2;
    pixel(split.background, middle).forEach((value, c) => expect(Math.abs(value - [...WALL, 255][c]!)).toBeLessThan(3));
  });

  it('gives the photo again when the parts are composed', () => {
    for (let k = 0; k < alpha.length; k++) {
      const a = split.photo.data[4 * k + 3]! / 255;
      for (let c = 0; c < 3; c++) {
        const shown = a * split.photo.data[4 * k + c]! + (1 - a) * split.background.data[4 * k + c]!;
        expect(Math.abs(shown - photo.data[4 * k + c]!)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('keeps a rim of background that fades out', () => {
    const across = Array.from(
      { length: SIDE / 2 },
      (_, d) => split.photo.data[4 * ((SIDE / 2) * SIDE + SIDE / 2 + d) + 3]!,
    );
    expect(across[RADIUS + 3]).toBe(255); // the outline itself
    expect(across[RADIUS + 4 + PIXELS_PER_IOD / 2]).toBe(0);
    across.slice(1).forEach((a, k) => expect(a).toBeLessThanOrEqual(across[k]!));
    expect(across.filter((a) => a > 0 && a < 255).length).toBeGreaterThan(4);
  });

  it('does not change a photo without background', () => {
    const whole = splitPhoto(photo, new Uint8ClampedArray(SIDE * SIDE).fill(255), PIXELS_PER_IOD);
    expect(Buffer.from(whole.photo.data).equals(Buffer.from(photo.data))).toBe(true);
    expect(Buffer.from(whole.person.data).equals(Buffer.from(photo.data))).toBe(true);
  });
});
