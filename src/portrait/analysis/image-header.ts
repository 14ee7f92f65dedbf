/**
 * @file Reads the size of a picture from its first bytes, before it is decoded: a file of a few kilobytes can declare a
 * gigapixel image, and decoding that crashes the browser tab.
 */

type ImageHeader = { type: 'png' | 'jpeg' | 'webp' | 'gif' | 'bmp'; width: number; height: number };

/** Enough for the header of every type, except a JPEG with very large metadata before its frame header. */
export const IMAGE_HEADER_BYTES = 1 << 18;

/**
 * Reads type and size of PNG, JPEG, WebP, GIF and BMP; the size is the stored one, before any EXIF rotation.
 *
 * @param bytes the beginning of the file
 * @returns null if the type is unknown (the browser may still know it) or the header is incomplete
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
  try {
    if (tag(1, 3) === 'PNG') return { type: 'png', width: view.getUint32(16), height: view.getUint32(20) };
    if (view.getUint16(0) === 0xff_d8) return readJpeg(view);
    if (tag(0, 4) === 'RIFF' && tag(8, 4) === 'WEBP') return readWebp(view, tag(12, 4));
    if (tag(0, 3) === 'GIF') return { type: 'gif', width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (tag(0, 2) === 'BM')
      return { type: 'bmp', width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a read past the last byte
  }
  return null;
}

/** Skips segments up to the frame header (SOF0 ... SOF15 without DHT, JPG and DAC; ITU T.81, B.2.2). */
function readJpeg(view: DataView): ImageHeader {
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) throw new RangeError('no marker');
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { type: 'jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
}

function readWebp(view: DataView, chunk: string): ImageHeader | null {
  const uint24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (chunk === 'VP8X') return { type: 'webp', width: 1 + uint24(24), height: 1 + uint24(27) };
  if (chunk === 'VP8 ')
    return { type: 'webp', width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { type: 'webp', width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  return null;
}
