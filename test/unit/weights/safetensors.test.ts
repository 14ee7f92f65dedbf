import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { TalkingPortraitError } from '../../../src/errors';
import { expectTensor, parseSafetensors, toFloat32 } from '../../../src/weights/safetensors';
import {
  describeTensors,
  floatBytes,
  toHalfBytes,
  withHeader,
  writeSafetensors,
} from '../../fixtures/safetensors-writer';

const TENSORS = {
  a: { dtype: 'F32', shape: [2, 3], bytes: floatBytes([1, -2, 3.5, 4, 5, 6]) },
  h: { dtype: 'F16', shape: [3], bytes: toHalfBytes([1, -0.5, 0.333251953125]) },
  i: { dtype: 'I8', shape: [2], bytes: Uint8Array.of(0xff, 7) },
  u: { dtype: 'U32', shape: [1], bytes: new Uint8Array(Uint32Array.of(70000).buffer) },
  e: { dtype: 'F32', shape: [0, 4], bytes: new Uint8Array() },
} as const;
const mutable = () => structuredClone(TENSORS) as unknown as Parameters<typeof writeSafetensors>[0];

const isCorrupt = (error: unknown) => error instanceof TalkingPortraitError && error.code === 'weights-corrupt';
const expectCorrupt = (file: ArrayBuffer) => {
  expect(() => parseSafetensors(file)).toThrowError(expect.objectContaining({ code: 'weights-corrupt' }));
};

/** Tries a property on 500 random inputs. */
function expectToHold<T>(property: fc.IProperty<T>): void {
  expect(() => fc.assert(property, { numRuns: 500 })).not.toThrow();
}

describe('safetensors', () => {
  it('reads types, shapes, values and metadata, at aligned and unaligned offsets', () => {
    for (const config of ['', 'x', 'xx', 'xxx']) {
      const file = parseSafetensors(writeSafetensors(mutable(), { config }));
      expect(file.metadata).toEqual({ config });
      expect(Array.from(toFloat32(file.tensors.get('a')!))).toEqual([1, -2, 3.5, 4, 5, 6]);
      expect(Array.from(toFloat32(file.tensors.get('h')!))).toEqual([1, -0.5, 0.333251953125]);
      expect(Array.from(toFloat32(file.tensors.get('i')!))).toEqual([-1, 7]);
      expect(Array.from(file.tensors.get('u')!.data)).toEqual([70000]);
      expect(file.tensors.get('e')).toMatchObject({ shape: [0, 4], dtype: 'F32' });
    }
  });

  it('decodes every binary16 pattern: values agree with the definition and increase with the bits', () => {
    const bits = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    const values = toFloat32({ dtype: 'F16', shape: [0x10000], data: bits });
    expect(values[0x3c00]).toBe(1);
    expect(values[0x0001]).toBe(2 ** -24); // smallest subnormal
    expect(values[0x03ff]).toBe(1023 * 2 ** -24);
    expect(values[0x7bff]).toBe(65504); // largest
    expect(values[0xfc00]).toBe(Number.NEGATIVE_INFINITY);
    expect(values[0x7c01]).toBeNaN();
    expect(Object.is(values[0x8000], -0)).toBe(true);
    for (let i = 1; i <= 0x7c00; i++) {
      if (!(values[i]! > values[i - 1]!)) throw new Error(`0x${i.toString(16)} is not above its neighbour`);
      if (values[i + 0x8000] !== -values[i]!) throw new Error(`0x${i.toString(16)} has no mirror`);
    }
  });

  it('reads the face model of the repository', async () => {
    const bytes = await readFile(new URL('../../../models/face-model.safetensors', import.meta.url));
    const file = parseSafetensors(new Uint8Array(bytes).buffer);
    expect(expectTensor(file, 'expressions_to_keypoints', ['F32'], [63, 53]).data).toHaveLength(63 * 53);
    expect(() => expectTensor(file, 'neutral', ['F16'], [-1, 3])).toThrowError(/has type F32 and not F16/);
    expect(() => expectTensor(file, 'neutral', ['F32'], [1, 3])).toThrowError(/shape/);
    expect(() => expectTensor(file, 'nobody', ['F32'], [])).toThrowError(/missing/);
  });

  it.each([
    ['empty file', new ArrayBuffer(0)],
    ['seven bytes', new ArrayBuffer(7)],
    ['header length beyond the file', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123).buffer],
    ['absurd header length', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 123, 125).buffer],
    ['not JSON', withHeader('{"a":', new Uint8Array())],
    ['a list', withHeader('[]', new Uint8Array())],
    ['null', withHeader('null', new Uint8Array())],
    ['tensor without description', withHeader({ a: null }, new Uint8Array())],
    ['unknown type', withHeader({ a: { dtype: 'F8', shape: [4], data_offsets: [0, 4] } }, new Uint8Array(4))],
    [
      'type from the prototype',
      withHeader({ a: { dtype: 'toString', shape: [4], data_offsets: [0, 4] } }, new Uint8Array(4)),
    ],
    ['negative size', withHeader({ a: { dtype: 'U8', shape: [-4], data_offsets: [0, 4] } }, new Uint8Array(4))],
    ['fractional size', withHeader({ a: { dtype: 'U8', shape: [0.5], data_offsets: [0, 4] } }, new Uint8Array(4))],
    [
      'shape that does not match the bytes',
      withHeader({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)),
    ],
    [
      'overflowing shape',
      withHeader({ a: { dtype: 'F32', shape: [2 ** 52, 2 ** 52], data_offsets: [0, 4] } }, new Uint8Array(4)),
    ],
    ['offsets backwards', withHeader({ a: { dtype: 'U8', shape: [0], data_offsets: [4, 0] } }, new Uint8Array(4))],
    ['offsets outside', withHeader({ a: { dtype: 'U8', shape: [8], data_offsets: [0, 8] } }, new Uint8Array(4))],
    [
      'overlap',
      withHeader(
        { a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] }, b: { dtype: 'U8', shape: [2], data_offsets: [2, 4] } },
        new Uint8Array(4),
      ),
    ],
    [
      'hole',
      withHeader(
        { a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] }, b: { dtype: 'U8', shape: [2], data_offsets: [2, 4] } },
        new Uint8Array(4),
      ),
    ],
    ['trailing bytes', withHeader({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, new Uint8Array(4))],
    ['metadata that is not text', withHeader({ __metadata__: { a: 1 } }, new Uint8Array())],
  ])('rejects: %s', (_, file) => expectCorrupt(file));

  it('rejects every truncation', () => {
    const whole = writeSafetensors(mutable(), { config: '{}' });
    for (let length = 0; length < whole.byteLength; length++) expectCorrupt(whole.slice(0, length));
  });

  it('reads nothing outside the file and throws only its own error, whatever the header contains', () => {
    const number = fc.oneof(fc.integer({ min: -5, max: 60 }), fc.double(), fc.constantFrom(2 ** 53, 1e300, '4', null));
    const entry = fc.record(
      {
        dtype: fc.constantFrom('F32', 'F16', 'I8', 'U8', 'I32', 'F64', 7),
        shape: fc.array(number, { maxLength: 3 }),
        data_offsets: fc.array(number, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    expectToHold(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(entry, fc.jsonValue())),
        fc.nat(64),
        (header, dataLength) => {
          try {
            const { tensors } = parseSafetensors(withHeader(header, new Uint8Array(dataLength)));
            const total = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
            return total === dataLength;
          } catch (error) {
            return isCorrupt(error);
          }
        },
      ),
    );
  });

  it('handles any flipped header byte: with an error, or with tensors that still cover the data', () => {
    const { header, data } = describeTensors(mutable(), { config: '{}' });
    const file = withHeader(header, data);
    expectToHold(
      fc.property(fc.nat(file.byteLength - data.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = file.slice(0);
        new Uint8Array(changed)[at]! ^= flip;
        try {
          const { tensors } = parseSafetensors(changed);
          return [...tensors.values()].reduce((sum, tensor) => sum + tensor.data.byteLength, 0) === data.length;
        } catch (error) {
          return isCorrupt(error);
        }
      }),
    );
  });
});
