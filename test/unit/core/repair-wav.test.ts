/** @file WAV files with placeholder sizes, and several in one. */
import { describe, expect, it } from 'vitest';
import { repairWav } from '../../../src/core/repair-wav';

const RATE_HZ = 16_000;

/** A WAV file of `samples`, with whatever sizes its header is to claim. */
function wav(
  samples: readonly number[],
  { riff = 36 + 2 * samples.length, data = 2 * samples.length, rate = RATE_HZ } = {},
) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, value: string) => [...value].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, riff, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, data, true);
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, sample, true));
  return new Blob([view.buffer]);
}

const bytes = async (file: Blob) => [...new Uint8Array(await file.arrayBuffer())];
const good = await bytes(wav([1, 2, 3]));

describe('repairWav', () => {
  it('leaves good files and other files alone', async () => {
    for (const file of [wav([1, 2, 3]), new Blob(['ID3 something']), new Blob([]), new Blob(['RIFF'])]) {
      expect(await repairWav(file)).toBe(file);
    }
  });

  it.each([
    ['0', { riff: 0, data: 0 }],
    ['the largest number', { riff: 0xff_ff_ff_ff, data: 0xff_ff_ff_ff }],
    ['the largest signed number', { riff: 0x7f_ff_ff_ff, data: 0x7f_ff_ff_ff }],
    ['only the data unknown', { data: 0 }],
    ['more than there is', { data: 1000 }],
  ])('repairs sizes of %s', async (_, sizes) => {
    expect(await bytes(await repairWav(wav([1, 2, 3], sizes)))).toEqual(good);
  });

  it('joins files one after another', async () => {
    const two = new Blob([wav([1, 2]), wav([3])]);
    expect(await bytes(await repairWav(two))).toEqual(good);
  });

  it('keeps the first part if the second has another rate', async () => {
    const two = new Blob([wav([1, 2, 3]), wav([4], { rate: 8000 })]);
    const repaired = await bytes(await repairWav(two));
    expect(repaired.slice(0, good.length)).toEqual(good);
  });
});
