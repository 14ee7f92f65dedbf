/** @file Resampling, and the blur beyond the edge of a picture. */

import { describe, expect, test } from 'vitest';
import { blurOutside } from '../../../../src/portrait/analysis/edge-blur';
import { resizeImage } from '../../../../src/portrait/analysis/image-resize';
import { paint } from './pictures';

describe('resizeImage', () => {
  test('copies the pixels of the source at scale 1', () => {
    const picture = paint(30, 20, (x, y) => [(x * 37) % 256, (y * 91) % 256, (x * y) % 256]);
    const cut = resizeImage(picture, { x: 5, y: 3, width: 10, height: 12 }, 10, 12);
    for (let y = 0; y < 12; y++) {
      const row = 4 * ((y + 3) * 30 + 5);
      expect(cut.data.slice(40 * y, 40 * y + 40)).toEqual(picture.data.slice(row, row + 40));
    }
  });

  test('keeps a linear ramp when enlarging and reducing', () => {
    const picture = paint(100, 10, (x) => [50 + 1.5 * x, 0, 0]);
    for (const width of [37, 260]) {
      const image = resizeImage(picture, { x: 0, y: 0, width: 100, height: 10 }, width, 4);
      for (let x = Math.ceil(width / 10); x < width * 0.9; x++) {
        expect(Math.abs(image.data[4 * x]! - (50 + (1.5 * (x + 0.5) * 100) / width))).toBeLessThan(1.1);
      }
    }
  });

  test('averages texture that is finer than the target pixels, without aliasing', () => {
    const board = paint(120, 120, (x, y) => ((Math.floor(x) + Math.floor(y)) % 2 === 0 ? [0, 0, 0] : [255, 255, 255]));
    const { data } = resizeImage(board, { x: 0, y: 0, width: 120, height: 120 }, 24, 24);
    for (let y = 4; y < 20; y++)
      for (let x = 4; x < 20; x++) expect(Math.abs(data[4 * (24 * y + x)]! - 127.5)).toBeLessThan(3);
  });

  test('repeats the edge beyond the picture', () => {
    const picture = paint(10, 10, () => [10, 20, 30]);
    const { data } = resizeImage(picture, { x: -20, y: -20, width: 50, height: 50 }, 25, 25);
    for (let i = 0; i < data.length; i += 4) expect([...data.subarray(i, i + 4)]).toEqual([10, 20, 30, 255]);
  });
});

describe('blurOutside', () => {
  const stripes = paint(64, 64, (_, y) => (Math.floor(y) % 8 < 4 ? [0, 0, 0] : [255, 255, 255]));
  const blurred = blurOutside(stripes, { x: 32, y: 0, width: 32, height: 64 });
  const at = (x: number, y: number) => blurred.data[4 * (64 * y + x)]!;

  test('does not change the real picture', () => {
    for (let y = 0; y < 64; y++) for (let x = 32; x < 64; x++) expect(at(x, y)).toBe(stripes.data[4 * (64 * y + x)]);
  });

  test('blurs more with increasing distance', () => {
    const contrast = (x: number): number => {
      const column = Array.from({ length: 32 }, (_, y) => at(x, y + 16));
      return Math.max(...column) - Math.min(...column);
    };
    expect(contrast(30)).toBeGreaterThan(contrast(24));
    expect(contrast(4)).toBeLessThan(90);
  });
});
