import { describe, expect, it } from 'vitest';
import { type AudioEncoderOptions, resolveAudioEncoder } from '../../../src/options/audio-encoder';

const fetched = new Blob(['graph']);
const resolve = (options: AudioEncoderOptions) => resolveAudioEncoder(options, async () => fetched);

describe('resolveAudioEncoder', () => {
  it('fetches the graph and fills in 8 s, normalised', async () => {
    expect(await resolve({ graph: 'encoder.onnx' })).toEqual({ graph: fetched, windowSeconds: 8, normalise: true });
    const own = { graph: fetched, windowSeconds: 30, normalise: false };
    expect(await resolve(own)).toEqual(own);
  });

  it.each([
    { windowSeconds: 1 },
    { windowSeconds: 31 },
    { windowSeconds: 2.5 },
    { windowSeconds: Number.NaN },
    { windowSeconds: '8' },
    { normalise: 1 },
    { graph: undefined },
  ])('refuses %o', async (change) => {
    await expect(resolve({ graph: 'encoder.onnx', ...change } as AudioEncoderOptions)).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });
});
