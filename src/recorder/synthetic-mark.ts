/**
 * @file Marks files as made by a machine, as article 50 of the EU's AI Act asks for, in the way that IPTC specifies: XMP with the digital
 * source type "composite with trained algorithmic media" (a photo and a voice that were captured, a motion that was generated).
 *
 * Sources: IPTC Photo Metadata Standard 2023.2 (Digital Source Type); XMP Specification Part 3 (UUID box of MP4, iTXt chunk of PNG).
 */

/** https://cv.iptc.org/newscodes/digitalsourcetype/ */
export const DIGITAL_SOURCE_TYPE =
  'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';

/** For people who read the comment of a file. */
export const SYNTHETIC_COMMENT = 'The picture was animated by a machine (talking-portrait).';

/** UUID of the box with XMP in an MP4 file. */
const XMP_UUID = [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac];
const PNG_SIGNATURE_BYTES = 8;
/** Length, type, content of 13 bytes and checksum. */
const PNG_HEADER_CHUNK_BYTES = 25;

const XMP = `<?xpacket begin="\u{feff}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
   Iptc4xmpExt:DigitalSourceType="${DIGITAL_SOURCE_TYPE}" xmp:CreatorTool="talking-portrait"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>`;

const encoder = new TextEncoder();

/** A box to append to an MP4 file. */
export function mp4Mark(): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(XMP);
  const box = new Uint8Array(8 + XMP_UUID.length + text.length);
  new DataView(box.buffer).setUint32(0, box.length);
  box.set(encoder.encode('uuid'), 4);
  box.set(XMP_UUID, 8);
  box.set(text, 8 + XMP_UUID.length);
  return box;
}

/** A copy of a PNG file with the mark behind its header. */
export function markPng(png: Uint8Array): Uint8Array<ArrayBuffer> {
  // Keyword, no compression, no language, no translated keyword, text.
  const content = [encoder.encode('XML:com.adobe.xmp'), new Uint8Array(5), encoder.encode(XMP)];
  const size = content.reduce((sum, part) => sum + part.length, 0);
  const chunk = new Uint8Array(12 + size);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, size);
  chunk.set(encoder.encode('iTXt'), 4);
  let at = 8;
  for (const part of content) {
    chunk.set(part, at);
    at += part.length;
  }
  view.setUint32(at, crc32(chunk.subarray(4, at)));
  const head = PNG_SIGNATURE_BYTES + PNG_HEADER_CHUNK_BYTES;
  const out = new Uint8Array(png.length + chunk.length);
  out.set(png.subarray(0, head));
  out.set(chunk, head);
  out.set(png.subarray(head), head + chunk.length);
  return out;
}

/** Checksum of a PNG chunk: ISO 3309. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
