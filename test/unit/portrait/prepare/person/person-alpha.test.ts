import { describe, expect, it } from 'vitest';
import type { RgbaImage, PersonMatte } from '../../../../../src/core/rgba-image';
import { personAlpha } from '../../../../../src/portrait/prepare/person/person-alpha';

const SIDE_PX = 256;
const CELLS = 64;
const RADIUS_PX = 80;
const FAR_OVAL = Float32Array.from([-9, -9, -8, -9, -8, -8]);
const fromMiddle = (x: number, y: number): number => Math.hypot(x - SIDE_PX / 2, y - SIDE_PX / 2);

/**
 * A dark disc in front of a bright wall, and a matte whose edge is blurred over four cells and two pixels too far out.
 */
function scene(person = 40, wall = 210): { photo: RgbaImage; matte: PersonMatte } {
  const photo: RgbaImage = {
    width: SIDE_PX,
    height: SIDE_PX,
    data: new Uint8ClampedArray(4 * SIDE_PX * SIDE_PX).fill(255),
  };
  for (let y = 0, k = 0; y < SIDE_PX; y++)
    for (let x = 0; x < SIDE_PX; x++, k += 4) {
      const value = fromMiddle(x + 0.5, y + 0.5) < RADIUS_PX ? person : wall;
      photo.data.set([value, value, value], k);
    }
  const cell = SIDE_PX / CELLS;
  const data = Float32Array.from({ length: CELLS * CELLS }, (_, i) => {
    const d = fromMiddle(((i % CELLS) + 0.5) * cell, (Math.floor(i / CELLS) + 0.5) * cell);
    return Math.min(1, Math.max(0, 0.5 + (RADIUS_PX + 2 - d) / (4 * cell)));
  });
  return { photo, matte: { width: CELLS, height: CELLS, data } };
}

/** Fraction of the pixels near the edge of the disc whose opacity is wrong by more than a quarter. */
function wrong(alpha: Uint8ClampedArray): number {
  let [bad, count] = [0, 0];
  for (let y = 0, k = 0; y < SIDE_PX; y++)
    for (let x = 0; x < SIDE_PX; x++, k++) {
      const d = fromMiddle(x + 0.5, y + 0.5);
      if (Math.abs(d - RADIUS_PX) > 12) continue;
      count++;
      if (Math.abs(alpha[k]! - (d < RADIUS_PX ? 255 : 0)) > 64) bad++;
    }
  return bad / count;
}

describe('personAlpha', () => {
  it('is opaque without a matte', () => {
    expect(personAlpha(null, FAR_OVAL, scene().photo).every((a) => a === 255)).toBe(true);
  });

  it('puts the outline at the edge in the photo, not at that of the blurred matte', () => {
    const { photo, matte } = scene();
    expect(wrong(personAlpha(matte, FAR_OVAL, photo))).toBeLessThan(0.06);
    const flat = scene(128, 128); // a photo without edges: only the matte counts
    expect(wrong(personAlpha(flat.matte, FAR_OVAL, flat.photo))).toBeGreaterThan(0.15);
  });

  it('equals the matte far from the outline, and keeps the face opaque', () => {
    const { photo, matte } = scene();
    const oval = Float32Array.from([4, 4, 40, 4, 40, 40, 4, 40]);
    const alpha = personAlpha(matte, oval, photo);
    expect(alpha[128 * SIDE_PX + 128]).toBe(255);
    expect(alpha[128 * SIDE_PX + 250]).toBe(0);
    expect(alpha[20 * SIDE_PX + 20]).toBe(255);
  });
});
