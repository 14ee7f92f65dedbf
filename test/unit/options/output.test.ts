import { describe, expect, it } from 'vitest';
import { DEFAULT_OUTPUT, initialOutput, type OutputOptions, resolveOutput } from '../../../src/options/output';

const fetched = new Blob(['picture']);
const resolve = (changes: OutputOptions, now = DEFAULT_OUTPUT) => resolveOutput(changes, now, async () => fetched);

describe('resolveOutput', () => {
  it('applies changes and keeps options that are left out', async () => {
    const first = await resolve({ background: 'transparent', mirror: true, width: 640, height: 360 });
    expect(first).toEqual({
      ...DEFAULT_OUTPUT,
      background: { color: 'transparent' },
      mirror: true,
      width: 640,
      height: 360,
    });
    const second = await resolve({ crop: { zoom: 2, x: 0.4, y: 0.3 } }, first);
    expect(second).toEqual({ ...first, crop: { zoom: 2, x: 0.4, y: 0.3 } });
    expect(second.background).toBe(first.background); // By this identity the worker knows that nothing has changed.
  });

  it('takes width and height from the option size', async () => {
    const fetchImage = async (): Promise<Blob> => fetched;
    expect(await initialOutput({}, fetchImage)).toEqual(DEFAULT_OUTPUT);
    expect(await initialOutput({ size: 256 }, fetchImage)).toMatchObject({ width: 256, height: 256 });
    expect(await initialOutput({ size: 256, output: { height: 128 } }, fetchImage)).toMatchObject({
      width: 256,
      height: 128,
    });
  });

  it('fetches the image of a background', async () => {
    expect((await resolve({ background: { image: 'beach.jpg' } })).background).toEqual({ image: fetched });
    expect((await resolve({ background: { blur: 12 } })).background).toEqual({ blur: 12 });
    expect((await resolve({ background: 'photo' })).background).toBe('photo');
  });

  it.each([
    { width: 63 },
    { height: 2049 },
    { width: 63.4 },
    { height: Number.NaN },
    { background: { blur: -1 } },
    { background: { blur: Number.NaN } },
    { background: 7 },
    { background: null },
    { crop: 'head' },
    { crop: { zoom: 0.5, x: 0.5, y: 0.5 } },
    { crop: { zoom: 2, x: 1.5, y: 0.5 } },
    { crop: { zoom: 2 } },
    { mirror: 'yes' },
    { colorSpace: 'rec2020' },
  ])('refuses %o', async (changes) => {
    await expect(resolve(changes as OutputOptions)).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
