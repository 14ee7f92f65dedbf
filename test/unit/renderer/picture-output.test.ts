/** @file The part of the photo that a picture shows, and transparency. */
import { describe, expect, it } from 'vitest';
import { isTransparent, type PhotoToClip, photoPixels, photoToClip } from '../../../src/renderer/picture-output';

const photo = { width: 800, height: 800 };
const pose = {
  rotation: new Float32Array([1, 0, 0, 0, 1, 0, 0, 0, 1]),
  scale: 150,
  translation: [420, 500] as [number, number],
};
const view = { width: 400, height: 400, crop: 'photo', mirror: false } as const;

/** Photo pixels at the left, top, right and bottom edge of the picture. */
function edges([x, y, z, w]: PhotoToClip): number[] {
  return [(-1 - z) / x, (1 - w) / y, (1 - z) / x, (-1 - w) / y].map((px) => Math.round(px * 100) / 100 + 0);
}

describe('photoToClip', () => {
  it('shows as much of the photo as fits', () => {
    expect(edges(photoToClip(photo, pose, view))).toEqual([0, 0, 800, 800]);
    expect(edges(photoToClip(photo, pose, { ...view, height: 200 }))).toEqual([0, 200, 800, 600]);
    expect(edges(photoToClip(photo, pose, { ...view, width: 100 }))).toEqual([300, 0, 500, 800]);
  });

  it('swaps left and right when mirrored', () => {
    expect(edges(photoToClip(photo, pose, { ...view, mirror: true }))).toEqual([800, 0, 0, 800]);
  });

  it('enlarges around a point and stays inside the photo', () => {
    expect(edges(photoToClip(photo, pose, { ...view, crop: { zoom: 2, x: 0.5, y: 0.5 } }))).toEqual([
      200, 200, 600, 600,
    ]);
    expect(edges(photoToClip(photo, pose, { ...view, crop: { zoom: 4, x: 0, y: 1 } }))).toEqual([0, 600, 200, 800]);
  });

  it.each(['bust', 'face'] as const)('centres the head for "%s", also when it is tilted', (crop) => {
    const tilt = Math.PI / 6;
    const [c, s] = [Math.cos(tilt), Math.sin(tilt)];
    const tilted = { ...pose, rotation: new Float32Array([c, s, 0, -s, c, 0, 0, 0, 1]) };
    for (const [camera, point] of [
      [pose, [420, 500 - 0.5 * 150]],
      [tilted, [420 + 0.5 * 150 * s, 500 - 0.5 * 150 * c]],
    ] as const) {
      const [left, top, right, bottom] = edges(photoToClip(photo, camera, { ...view, crop })) as [
        number,
        number,
        number,
        number,
      ];
      expect(right - left).toBeCloseTo(bottom - top, 3);
      expect(right - left).toBeLessThan(800);
      // The middle of the face lies in the middle third.
      expect((point[0]! - left) / (right - left)).toBeGreaterThan(1 / 3);
      expect((point[0]! - left) / (right - left)).toBeLessThan(2 / 3);
      expect((point[1]! - top) / (bottom - top)).toBeGreaterThan(1 / 3);
      expect((point[1]! - top) / (bottom - top)).toBeLessThan(2 / 3);
    }
  });

  it('counts pixels of the photo per pixel of the picture', () => {
    expect(photoPixels(photoToClip(photo, pose, view), view)).toBeCloseTo(2, 6);
    const zoomed = { ...view, crop: { zoom: 4, x: 0.5, y: 0.5 }, mirror: true };
    expect(photoPixels(photoToClip(photo, pose, zoomed), zoomed)).toBeCloseTo(0.5, 6);
  });
});

describe('isTransparent', () => {
  it('is true if any pixel may be transparent', () => {
    const image = (alpha: number) => ({
      width: 1,
      height: 2,
      data: new Uint8ClampedArray([0, 0, 0, 255, 0, 0, 0, alpha]),
    });
    expect(isTransparent({ backdrop: { kind: 'photo', blur: 0 } })).toBe(false);
    expect(isTransparent({ backdrop: { kind: 'colour', colour: [1, 1, 1, 1] } })).toBe(false);
    expect(isTransparent({ backdrop: { kind: 'colour', colour: [1, 1, 1, 0.5] } })).toBe(true);
    expect(isTransparent({ backdrop: { kind: 'image', image: image(255) } })).toBe(false);
    expect(isTransparent({ backdrop: { kind: 'image', image: image(254) } })).toBe(true);
  });
});
