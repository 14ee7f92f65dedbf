/** @file The mark of synthetic media in files. */
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { DIGITAL_SOURCE_TYPE, markPng, mp4Mark } from '../../src/recorder/synthetic-mark';

describe('mp4Mark', () => {
  it('is one box of its own size, with the UUID of XMP and the source type', () => {
    const box = Buffer.from(mp4Mark());
    expect(box.readUInt32BE(0)).toBe(box.length);
    expect(box.toString('latin1', 4, 8)).toBe('uuid');
    expect(box.toString('hex', 8, 24)).toBe('be7acfcb97a942e89c71999491e3afac');
    expect(box.toString('utf8', 24)).toContain(`DigitalSourceType="${DIGITAL_SOURCE_TYPE}"`);
  });
});

describe('markPng', () => {
  it('adds a chunk that readers of PNG check and accept, and keeps the picture', () => {
    const picture = new PNG({ width: 3, height: 2 });
    picture.data = Buffer.from(Array.from({ length: 24 }, (_, i) => (i * 11) % 256));
    const plain = PNG.sync.write(picture);
    const marked = Buffer.from(markPng(plain));
    const read = PNG.sync.read(marked, { checkCRC: true });
    expect([read.width, read.height]).toEqual([3, 2]);
    expect(read.data.equals(PNG.sync.read(plain).data)).toBe(true);
    expect(marked.includes('XML:com.adobe.xmp')).toBe(true);
    expect(marked.includes(DIGITAL_SOURCE_TYPE)).toBe(true);
  });
});
