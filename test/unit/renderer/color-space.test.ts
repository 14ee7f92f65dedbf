import { describe, expect, it } from 'vitest';
import { convertColours } from '../../../src/renderer/color-space';

const colours = [255, 0, 0, 255, 0, 255, 0, 128, 255, 255, 255, 255, 128, 128, 128, 0, 200, 120, 90, 255];
const image = { width: 5, height: 1, data: new Uint8ClampedArray(colours) };

describe('convertColours', () => {
  it('converts sRGB to Display-P3', () => {
    const { data } = convertColours(image, 'srgb', 'display-p3');
    // CSS Color 4: red of sRGB is color(display-p3 0.9175 0.2003 0.1386), green 0.4585 0.9853 0.2983.
    expect([...data.subarray(0, 8)]).toEqual([234, 51, 35, 255, 117, 251, 76, 128]);
    expect([...data.subarray(8, 16)]).toEqual([255, 255, 255, 255, 128, 128, 128, 0]); // both spaces have the same white and curve
  });

  it('converts back to nearly the same colours', () => {
    const back = convertColours(convertColours(image, 'srgb', 'display-p3'), 'display-p3', 'srgb');
    back.data.forEach((value, i) => expect(Math.abs(value - colours[i]!)).toBeLessThanOrEqual(3));
  });

  it('clips colours outside the narrower space', () => {
    expect([...convertColours(image, 'display-p3', 'srgb').data.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
  });

  it('returns the image itself for the same space', () => {
    expect(convertColours(image, 'srgb', 'srgb')).toBe(image);
  });
});
