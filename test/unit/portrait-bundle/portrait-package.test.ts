/** @file Saved portrait files are loaded unchanged, and damaged ones are rejected. */
import { describe, expect, it } from 'vitest';
import { fitFace } from '../../../src/portrait/fit/face-fit';
import {
  isPortraitFile,
  packPortrait,
  PORTRAIT_TYPE,
  unpackPortrait,
} from '../../../src/portrait-bundle/portrait-package';
import { savePortraitBundle } from '../../../src/portrait-bundle/portrait-file';
import { preparePortrait } from '../../../src/portrait/prepare/prepare-portrait';
import { faceModel, syntheticFace } from '../../fixtures/synthetic-face';

const { photo, landmarks } = syntheticFace({ expression: { jawOpen: 0.2 } });
const matte = { width: 2, height: 2, data: new Float32Array([1, 0, 1, 0]) };
const bundle = preparePortrait(faceModel(), { photo, landmarks, matte }, fitFace(faceModel(), landmarks));
const file = await packPortrait(bundle);
const bytes = new Uint8Array(await file.arrayBuffer());

/** The file with one changed byte. */
function damaged(at: number, value: (byte: number) => number = (byte) => byte ^ 1): Blob {
  const copy = bytes.slice();
  copy[at] = value(copy[at]!);
  return new Blob([copy]);
}

describe('.portrait files', () => {
  it('contain exactly what was saved, compressed', async () => {
    expect(file.type).toBe(PORTRAIT_TYPE);
    expect(bundle.layers).not.toBeNull();
    const content = Buffer.from(savePortraitBundle(bundle));
    expect(file.size).toBeLessThan(0.7 * content.length);
    expect(Buffer.from(savePortraitBundle(await unpackPortrait(file, faceModel()))).equals(content)).toBe(true);
  });

  it('are recognised by their first bytes, whatever their name', async () => {
    expect(await isPortraitFile(new Blob([bytes]))).toBe(true);
    expect(await isPortraitFile(new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])]))).toBe(
      false,
    );
    expect(await isPortraitFile(new Blob([]))).toBe(false);
  });

  it.each([
    ['nothing but its signature', () => new Blob([bytes.slice(0, 8)]), /is not a portrait file/],
    ['another version', () => damaged(8, () => 9), /version other than 1/],
    ['a wrong length', () => damaged(12), /decompressed|truncated/],
    ['an absurd length', () => damaged(15, () => 255), /too large/],
    ['a wrong checksum', () => damaged(20), /damaged/],
    ['damaged content', () => damaged(bytes.length >> 1), /decompressed|damaged|truncated/],
    ['only half of their bytes', () => new Blob([bytes.slice(0, bytes.length >> 1)]), /decompressed|truncated/],
  ])('are rejected if they have %s', async (_, make, what) => {
    await expect(unpackPortrait(make(), faceModel())).rejects.toMatchObject({
      name: 'TalkingPortraitError',
      code: 'portrait-corrupt',
      what: expect.stringMatching(what) as string,
    });
  });

  it('are rejected for a different face model', async () => {
    const other = { ...faceModel(), vertexCount: 1000 };
    await expect(unpackPortrait(file, other)).rejects.toMatchObject({ code: 'portrait-corrupt' });
  });
});
