import { describe, expect, it } from 'vitest';
import type { RgbaImage } from '../../../../../src/core/rgba-image';
import { eyeOpenings } from '../../../../../src/portrait/prepare/eyes/eye-openings';
import { faceTopology } from '../../../../../src/portrait/mesh/face-topology';
import { glassesFrame } from '../../../../../src/portrait/prepare/eyes/glasses-frame';
import { prepareLids } from '../../../../../src/portrait/prepare/eyes/lids';
import { type Polygon, signedDistance, boundingBox } from '../../../../../src/core/polygon';
import { poseFace } from '../../../../../src/portrait/prepare/face/posed-face';
import { faceModel, neutralFit, syntheticFace } from '../../../../fixtures/synthetic-face';

const SCALE = 160;

/** Skin that gets darker to the right and brighter downwards, as under a brow, with black and white eyes. */
function shadedFace() {
  const model = faceModel();
  const { pose, photo: noise, landmarks } = syntheticFace({ scale: SCALE });
  const fit = neutralFit(pose);
  const photo: RgbaImage = { ...noise, data: new Uint8ClampedArray(noise.data) };
  const skin = (x: number, y: number): number => 90 + 0.12 * (photo.width - x) + 0.2 * y;
  for (let y = 0, k = 0; y < photo.height; y++)
    for (let x = 0; x < photo.width; x++, k += 4) {
      const value = skin(x, y);
      photo.data.set([value, value, value, 255], k);
    }
  const posed = poseFace(model, fit, photo);
  const eyes = eyeOpenings(model, posed);
  for (const eye of eyes) {
    const [left, top, right, bottom] = boundingBox([eye], 2, photo);
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        if (signedDistance(eye, x + 0.5, y + 0.5) < 0) {
          const value = (x + y) % 9 < 5 ? 10 : 250;
          photo.data.set([value, value, value], 4 * (y * photo.width + x));
        }
  }
  return { model, fit, posed, photo, landmarks, eyes, skin };
}

describe('closed lids', () => {
  it('have the colour of the adjacent skin on every side', () => {
    const { model, fit, posed, photo, landmarks, eyes, skin } = shadedFace();
    const headroom = new Float32Array(model.expressions.count).fill(1);
    const { texture } = prepareLids(model, fit, posed, photo, landmarks, headroom);
    const { image, offset } = texture;
    for (const eye of eyes) {
      const [left, top, right, bottom] = boundingBox([eye], 0, photo);
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) {
          const value = image.data[4 * ((y - offset[1]) * image.width + x - offset[0])]!;
          expect(Math.abs(value - skin(x, y))).toBeLessThan(14);
        }
    }
  });
});

describe('closed eyes', () => {
  const face = shadedFace();
  const { model, fit, posed, photo, landmarks, eyes } = face;
  const headroom = new Float32Array(model.expressions.count).fill(1);
  const lids = prepareLids(model, fit, posed, photo, landmarks, headroom);
  const { image, offset } = lids.texture;
  const valueAt = (x: number, y: number): number => image.data[4 * ((y - offset[1]) * image.width + x - offset[0])]!;

  it('equal the photo away from the eyes', () => {
    let seen = 0;
    for (let y = 0; y < image.height; y++)
      for (let x = 0; x < image.width; x++) {
        const [px, py] = [x + offset[0], y + offset[1]];
        if (eyes.some((eye) => signedDistance(eye, px, py) < 0.2 * SCALE)) continue;
        expect(valueAt(px, py)).toBe(photo.data[4 * (py * photo.width + px)]!);
        seen++;
      }
    expect(seen).toBeGreaterThan(1000);
  });

  it('show neither an outline nor a ghost of the eye', () => {
    // The photo is noisy outside, so steps are measured between means of three pixels.
    for (const eye of eyes) {
      const [left, top, right, bottom] = boundingBox([eye], 0.1 * SCALE, photo);
      const mean = (x: number, y: number): number => (valueAt(x - 1, y) + valueAt(x, y) + valueAt(x + 1, y)) / 3;
      for (let x = left + 1; x < right - 1; x++)
        for (let y = top; y + 1 < bottom; y++) expect(Math.abs(mean(x, y + 1) - mean(x, y))).toBeLessThan(5);
    }
  });

  it('have a lash line that is strongest in the outer third and vanishes at both corners', () => {
    const { pairs } = faceTopology(model).gaps;
    for (const side of [0, 1] as const) {
      const { upper } = pairs[side + 1]!;
      const strengths = Array.from(upper, (v) => Math.exp(-((lids.lashDistance[v]! / 0.016) ** 2)));
      if (side === 0) strengths.reverse(); // the person's right eye has its outer corner on the left
      const strongest = strengths.indexOf(Math.max(...strengths)) / (strengths.length - 1);
      expect(strongest).toBeGreaterThan(0.5);
      expect(strongest).toBeLessThan(0.95);
      expect(strengths[0]).toBeLessThan(0.05);
      expect(strengths.at(-1)).toBeLessThan(0.05);
      expect(Math.max(...strengths)).toBeGreaterThan(0.4);
    }
  });
});

describe('glassesFrame', () => {
  const box: [number, number, number, number] = [0, 0, 300, 120];
  const circle = (cx: number, cy: number, rx: number, ry: number): Polygon =>
    Float32Array.from(
      Array.from({ length: 24 }, (_, i) => [
        cx + rx * Math.cos((i * Math.PI) / 12),
        cy + ry * Math.sin((i * Math.PI) / 12),
      ]).flat(),
    );
  const eyes = [circle(80, 60, 28, 10), circle(220, 60, 28, 10)];
  const brows = [circle(80, 20, 40, 6), circle(220, 20, 40, 6)];

  /** A photo with eyes and brows, dark where `isDark`. */
  function face(isDark: (x: number, y: number) => boolean): RgbaImage {
    const data = new Uint8ClampedArray(4 * 300 * 120).fill(255);
    for (let y = 0, k = 0; y < 120; y++)
      for (let x = 0; x < 300; x++, k += 4) {
        const dark = isDark(x, y) || [...eyes, ...brows].some((p) => signedDistance(p, x + 0.5, y + 0.5) < 0);
        data.set(dark ? [30, 25, 20] : [190, 150, 130], k);
      }
    return { width: 300, height: 120, data };
  }

  it('finds a frame across the bridge of the nose, and nothing on a face without glasses', () => {
    const rim = (x: number, y: number): boolean =>
      [80, 220].some((cx) => Math.abs(Math.hypot((x - cx) / 55, (y - 62) / 32) - 1) < 0.06) ||
      (Math.abs(y - 58) < 3 && Math.abs(x - 150) < 18);
    const frame = glassesFrame(face(rim), box, eyes, brows, 180);
    let [found, all, wrong] = [0, 0, 0];
    for (let y = 0, k = 0; y < 120; y++)
      for (let x = 0; x < 300; x++, k++) {
        if (rim(x, y)) [found, all] = [found + (frame[k]! > 0.5 ? 1 : 0), all + 1];
        else if (eyes.some((eye) => signedDistance(eye, x, y) < 0) && frame[k]! > 0.5) wrong++;
      }
    expect(found / all).toBeGreaterThan(0.9);
    expect(wrong).toBe(0);
    expect(
      glassesFrame(
        face(() => false),
        box,
        eyes,
        brows,
        180,
      ).every((value) => value === 0),
    ).toBe(true);
  });
});
