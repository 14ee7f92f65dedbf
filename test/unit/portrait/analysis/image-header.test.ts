/** @file Reading the size of a picture from its first bytes. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readImageHeader } from '../../../../src/portrait/analysis/image-header';

const text = (value: string): number[] => [...value].map((character) => character.charCodeAt(0));
const uint32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const read = (...bytes: number[]) => readImageHeader(new Uint8Array(bytes));

test('reads PNG', () => {
  expect(
    read(0x89, ...text('PNG\r\n\u001a\n'), ...uint32(13), ...text('IHDR'), ...uint32(70_000), ...uint32(90_000)),
  ).toEqual({ type: 'png', width: 70_000, height: 90_000 });
});

test('reads JPEG after an EXIF segment, a table and fill bytes', () => {
  const exif = [0xff, 0xe1, 0, 10, ...text('Exif'), 0, 0, 0xff, 0xc0];
  const table = [0xff, 0xc4, 0, 4, 1, 2];
  expect(read(0xff, 0xd8, ...exif, ...table, 0xff, 0xff, 0xc2, 0, 17, 8, 0x12, 0x34, 0x01, 0x02)).toEqual({
    type: 'jpeg',
    height: 0x1234,
    width: 0x0102,
  });
});

test('reads the three forms of WebP', () => {
  const riff = [...text('RIFF'), 0, 0, 0, 0, ...text('WEBP')];
  expect(read(...riff, ...text('VP8X'), 10, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x03, 0, 0x57, 0x02, 0x01)).toEqual({
    type: 'webp',
    width: 1024,
    height: 0x010257 + 1,
  });
  expect(read(...riff, ...text('VP8 '), 0, 0, 0, 0, 0, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0xe0, 0x01)).toEqual({
    type: 'webp',
    width: 0x280,
    height: 0x1e0,
  });
  expect(read(...riff, ...text('VP8L'), 0, 0, 0, 0, 0x2f, 0xff, 0xc0, 0x3f, 0)).toEqual({
    type: 'webp',
    width: 256,
    height: 256,
  });
});

test('reads GIF and BMP', () => {
  expect(read(...text('GIF89a'), 0x40, 0x01, 0xf0, 0x00)).toEqual({ type: 'gif', width: 320, height: 240 });
  const bmp = new Uint8Array(26);
  bmp.set(text('BM'));
  new DataView(bmp.buffer).setInt32(18, 64, true);
  new DataView(bmp.buffer).setInt32(22, -48, true);
  expect(readImageHeader(bmp)).toEqual({ type: 'bmp', width: 64, height: 48 });
});

test('returns null for anything else and for a truncated header', () => {
  expect(read()).toBeNull();
  expect(read(...text('hello, this is not a picture'))).toBeNull();
  expect(read(0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff)).toBeNull();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readImageHeader(bytes)));
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      (bytes) => void readImageHeader(new Uint8Array([0xff, 0xd8, ...bytes])),
    ),
  );
});
