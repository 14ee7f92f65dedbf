/**
 * @file repairWav: WAV files as servers and tools write them: with sizes that were not known when the header was sent (0 or the
 * largest number), and several files one after another. Decoders stop at such sizes.
 *
 * The chunks are those of RIFF (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0").
 */

/** Sizes from here on are placeholders. */
const PLACEHOLDER_BYTES = 0x7f_ff_ff_00;
const FILE_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** More chunks than this are not read. */
const MAX_CHUNKS = 1000;

/** The same sound with right sizes, all parts joined; the file itself if it is no WAV, or needs no repair. */
export async function repairWav(file: Blob): Promise<Blob> {
  const start = await read(file, 0, FILE_HEADER_BYTES);
  if (textAt(start, 0) !== 'RIFF' || textAt(start, 8) !== 'WAVE') return file;
  let format: Uint8Array<ArrayBuffer> | undefined;
  const parts: Blob[] = [];
  let isSound = true;
  let at = FILE_HEADER_BYTES;
  for (let count = 0; count < MAX_CHUNKS && at + CHUNK_HEADER_BYTES <= file.size; count++) {
    const header = await read(file, at, CHUNK_HEADER_BYTES);
    const id = textAt(header, 0);
    if (id === 'RIFF') {
      at += FILE_HEADER_BYTES; // another file
      isSound = false;
      continue;
    }
    const declared = new DataView(header.buffer).getUint32(4, true);
    const left = file.size - at - CHUNK_HEADER_BYTES;
    const isUnknown = id === 'data' && (declared === 0 || declared >= PLACEHOLDER_BYTES);
    const size = isUnknown ? left : Math.min(declared, left);
    const content = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ') {
      const other = await read(file, content, size);
      if (format && !isSame(format, other)) break; // What follows would sound wrong.
      format = other;
    } else if (id === 'data') {
      if (!format) return file;
      parts.push(file.slice(content, content + size));
      isSound &&= !isUnknown && size === declared;
    }
    at = content + size + (size % 2);
  }
  if (!format || parts.length === 0 || (isSound && parts.length === 1)) return file;
  return new Blob(
    [
      wavHeader(
        format,
        parts.reduce((sum, { size }) => sum + size, 0),
      ),
      ...parts,
    ],
    { type: 'audio/wav' },
  );
}

async function read(file: Blob, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.slice(at, at + length).arrayBuffer());
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function wavHeader(format: Uint8Array, dataBytes: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(FILE_HEADER_BYTES + 2 * CHUNK_HEADER_BYTES + format.length);
  const view = new DataView(header.buffer);
  const text = (at: number, value: string): void => header.set(new TextEncoder().encode(value), at);
  text(0, 'RIFF');
  view.setUint32(4, header.length - CHUNK_HEADER_BYTES + dataBytes, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, format.length, true);
  header.set(format, 20);
  text(20 + format.length, 'data');
  view.setUint32(24 + format.length, dataBytes, true);
  return header;
}
