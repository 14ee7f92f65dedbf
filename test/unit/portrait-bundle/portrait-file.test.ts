import { describe, expect, it } from 'vitest';
import { TalkingPortraitError } from '../../../src/errors';
import { fitFace } from '../../../src/portrait/fit/face-fit';
import { loadPortraitBundle, savePortraitBundle } from '../../../src/portrait-bundle/portrait-file';
import { preparePortrait } from '../../../src/portrait/prepare/prepare-portrait';
import { faceModel, randomSource, syntheticFace } from '../../fixtures/synthetic-face';

function bundleOf(jawOpen: number) {
  const { photo, landmarks } = syntheticFace({ expression: { jawOpen } });
  return preparePortrait(faceModel(), { photo, landmarks, matte: null }, fitFace(faceModel(), landmarks));
}
const open = bundleOf(0.4);
const bytes = savePortraitBundle(open);

/** The file with a changed header. */
function edited(change: (header: string) => string): ArrayBuffer {
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const header = new TextEncoder().encode(change(new TextDecoder().decode(new Uint8Array(bytes, 8, length))));
  const out = new Uint8Array(8 + header.length + bytes.byteLength - 8 - length);
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  out.set(new Uint8Array(bytes, 8 + length), 8 + header.length);
  return out.buffer;
}

describe('portrait file', () => {
  it('loads exactly what was saved', () => {
    expectSame(loadPortraitBundle(bytes), open, 'bundle');
    const closed = bundleOf(0);
    expect(closed.mouth.photoTeeth).toBeNull();
    expectSame(loadPortraitBundle(savePortraitBundle(closed)), closed, 'bundle');
  });

  it.each([
    ['empty', () => new ArrayBuffer(0)],
    ['truncated', () => bytes.slice(0, bytes.byteLength - 100)],
    [
      'another kind of file',
      () => new TextEncoder().encode('{"not": "a portrait, but long enough for a header"}').buffer as ArrayBuffer,
    ],
    ['another format', () => edited((h) => h.replace('"format":"talking-portrait"', '"format":"talking-pictures"'))],
    ['a later version', () => edited((h) => h.replace('"version":"2"', '"version":"3"'))],
    ['a missing tensor', () => edited((h) => h.replace('"mesh.uv"', '"mesh.vu"'))],
    ['a missing number', () => edited((h) => h.replace('\\"columns\\":', '\\"columms\\":'))],
    ['a wrong count', () => edited((h) => h.replace(/\\"columns\\":\d/, '\\"columns\\":3'))],
    [
      'more face vertices than the mesh has',
      () => edited((h) => h.replace(/\\"faceVertexCount\\":\d+/, '\\"faceVertexCount\\":99999999')),
    ],
  ])('rejects a file that is or has %s', (_, make) => {
    expect(() => loadPortraitBundle(make())).toThrow(TalkingPortraitError);
  });

  it('rejects numbers that are not finite and indices that are out of range', () => {
    const length = Number(new DataView(bytes).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const damage = (name: string, value: number): ArrayBuffer => {
      const copy = bytes.slice(0);
      new DataView(copy).setUint32(8 + length + header[name]!.data_offsets[0], value, true);
      return copy;
    };
    for (const name of ['mesh.rest', 'gaps.basis', 'grid.basis', 'expression'])
      expect(() => loadPortraitBundle(damage(name, 0x7fc00000))).toThrow(TalkingPortraitError);
    for (const name of ['mesh.faceTriangles', 'mesh.mouthTriangles', 'lipRing', 'grid.expressions'])
      expect(() => loadPortraitBundle(damage(name, 0xfffffff0))).toThrow(TalkingPortraitError);
  });

  it('reports any damage to its header with the error of the library', () => {
    const random = randomSource(3);
    const length = Number(new DataView(bytes).getBigUint64(0, true));
    let refused = 0;
    for (let trial = 0; trial < 60; trial++) {
      const copy = bytes.slice(0);
      new Uint8Array(copy)[8 + Math.floor(random() * length)]! ^= 1 << Math.floor(random() * 7);
      try {
        loadPortraitBundle(copy);
      } catch (error) {
        expect(error).toBeInstanceOf(TalkingPortraitError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(20);
  });
});

/** Like toEqual, but compares typed arrays by their bytes, because they have millions of numbers. */
function expectSame(a: unknown, b: unknown, path: string): void {
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    expect(a.constructor, path).toBe(b.constructor);
    const bytesOf = (view: ArrayBufferView): Buffer =>
      Buffer.from(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
    expect(bytesOf(a).equals(bytesOf(b)), path).toBe(true);
  } else if (typeof a === 'object' && typeof b === 'object' && a && b) {
    expect(Object.keys(a).sort(), path).toEqual(Object.keys(b).sort());
    for (const [key, value] of Object.entries(a))
      expectSame(value, (b as Record<string, unknown>)[key], `${path}.${key}`);
  } else {
    expect(a, path).toBe(b);
  }
}
