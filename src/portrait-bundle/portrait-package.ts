/**
 * @file The `.portrait` file: a saved portrait bundle (portrait-file.ts), compressed, with a header and a checksum.
 *
 *   bytes 0 ... 7    signature 89 54 50 46 0D 0A 1A 0A; like PNG's, it is not text and breaks if line ends are converted
 *   8 ... 11         version of this layout, u32, little-endian
 *   12 ... 15        length of the uncompressed content in bytes, u32, little-endian
 *   16 ... 47        SHA-256 of the uncompressed content
 *   48 ...           the content, compressed with gzip
 */
import { TalkingPortraitError } from '../errors';
import { sha256 } from '../weights/integrity';
import type { FaceModel } from '../weights/face-model';
import type { PortraitBundle } from './portrait-bundle';
import { loadPortraitBundle, savePortraitBundle } from './portrait-file';

/** Media type of the file. */
export const PORTRAIT_TYPE = 'application/x-talking-portrait';

const SIGNATURE = [0x89, 0x54, 0x50, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const VERSION = 1;
const HASH_BYTES = 32;
const HEADER_BYTES = 16 + HASH_BYTES;
/** A real portrait has about 20 MB: four images of 1024 x 1024 and the tables. More than this is refused. */
const MAX_CONTENT_BYTES = 1 << 28;

function corrupt(what: string, value?: string | number): TalkingPortraitError {
  const remedy = 'Create the portrait from its photo again.';
  return new TalkingPortraitError('portrait-corrupt', `The portrait file ${what}.`, remedy, value);
}

/** Whether the file starts with the signature of a saved portrait. */
export async function isPortraitFile(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, SIGNATURE.length).arrayBuffer());
  return SIGNATURE.every((byte, k) => start[k] === byte);
}

/** Packs a portrait into a file of a few megabytes. */
export async function packPortrait(bundle: PortraitBundle): Promise<Blob> {
  const content = savePortraitBundle(bundle);
  const header = new Uint8Array(HEADER_BYTES);
  header.set(SIGNATURE);
  const view = new DataView(header.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, content.byteLength, true);
  header.set(await sha256(content), 16);
  const packed = new Response(new Blob([content]).stream().pipeThrough(new CompressionStream('gzip')));
  return new Blob([header, await packed.arrayBuffer()], { type: PORTRAIT_TYPE });
}

/**
 * Unpacks and checks a portrait file.
 *
 * @param model the face model that will draw the portrait
 * @throws TalkingPortraitError `portrait-corrupt`
 */
export async function unpackPortrait(file: Blob, model: FaceModel): Promise<PortraitBundle> {
  if (file.size <= HEADER_BYTES || !(await isPortraitFile(file))) throw corrupt('is not a portrait file');
  const header = new DataView(await file.slice(0, HEADER_BYTES).arrayBuffer());
  const version = header.getUint32(8, true);
  if (version !== VERSION) throw corrupt(`has a version other than ${VERSION}`, version);
  const length = header.getUint32(12, true);
  if (length > MAX_CONTENT_BYTES) throw corrupt('claims to be too large, bytes', length);
  const content = await gunzip(file.slice(HEADER_BYTES), length);
  const hash = await sha256(content);
  if (hash.some((byte, k) => byte !== header.getUint8(16 + k)))
    throw corrupt('is damaged: its checksum does not match');
  const bundle = loadPortraitBundle(content);
  const { expressions, vertexCount } = model;
  if (bundle.expression.length !== expressions.count || bundle.mesh.source.some((v) => v >= vertexCount))
    throw corrupt('was made with a different face model');
  return bundle;
}

/** Decompresses exactly `length` bytes; a longer stream is refused before it fills the memory. */
async function gunzip(packed: Blob, length: number): Promise<ArrayBuffer> {
  const out = new Uint8Array(length);
  let at = 0;
  try {
    const reader = packed.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > length) throw new Error('longer than announced');
      out.set(part.value, at);
      at += part.value.length;
    }
  } catch {
    throw corrupt('cannot be decompressed');
  }
  if (at !== length) throw corrupt('is truncated, bytes', at);
  return out.buffer;
}
