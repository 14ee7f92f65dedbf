/** @file WAV files with placeholder sizes, and several in one. */
import { describe, expect, it } from 'vitest';
import { repairWav } from '../../../src/core/repair-wav';
import { wavBytes } from '../../fixtures/wav-bytes';

/** A WAV file of `samples`, with whatever sizes its header is to claim. */
function wav(
  samples: readonly number[],
  { riff, data, rate = 16_000 }: { riff?: number; data?: number; rate?: number } = {},
) {
  const file = wavBytes(samples, rate);
  const view = new DataView(file.buffer);
  if (riff !== undefined) view.setUint32(4, riff, true);
  if (data !== undefined) view.setUint32(40, data, true);
  return new Blob([file]);
}

const bytes = async (file: Blob) => [...new Uint8Array(await file.arrayBuffer())];
const good = await bytes(wav([0.1, 0.2, 0.3]));

describe('repairWav', () => {
  it('leaves good files and other files alone', async () => {
    for (const file of [wav([0.1, 0.2, 0.3]), new Blob(['ID3 something']), new Blob([]), new Blob(['RIFF'])]) {
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
    expect(await bytes(await repairWav(wav([0.1, 0.2, 0.3], sizes)))).toEqual(good);
  });

  it('joins files one after another', async () => {
    const two = new Blob([wav([0.1, 0.2]), wav([0.3])]);
    expect(await bytes(await repairWav(two))).toEqual(good);
  });

  it('keeps the first part if the second has another rate', async () => {
    const two = new Blob([wav([0.1, 0.2, 0.3]), wav([0.4], { rate: 8000 })]);
    const repaired = await bytes(await repairWav(two));
    expect(repaired.slice(0, good.length)).toEqual(good);
  });
});
