/**
 * @file The `.portrait` file: a saved portrait (portrait-file.ts), packed and sealed.
 *
 *   bytes 0 ... 7    signature 89 54 50 46 0D 0A 1A 0A: no text, and broken by whatever mends line ends (after PNG's)
 *   8 ... 11         version of this layout, u32, little-endian
 *   12 ... 15        length of the content, u32, little-endian
 *   16 ... 47        SHA-256 of the content
 *   48 ...           the content, gzip
 */
import { TalkingPortraitError } from '../errors';
import type { FaceModel } from '../weights/face-model';
import type { PortraitBundle } from './portrait-bundle';
import { loadPortraitBundle, savePortraitBundle } from './portrait-file';

/** Media type of the file. */
export const PORTRAIT_TYPE = 'application/x-talking-portrait';

const SIGNATURE = [0x89, 0x54, 0x50, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const VERSION = 1;
const HASH_BYTES = 32;
const HEADER_BYTES = 16 + HASH_BYTES;
/** Four pictures of 1024 x 1024 and the tables are 20 MB; a file that claims more than this is not ours. */
const MAX_CONTENT_BYTES = 1 << 28;

function corrupt(what: string, value?: string | number): TalkingPortraitError {
  const remedy = 'Make the portrait from its photo again.';
  return new TalkingPortraitError('portrait-corrupt', `The portrait file ${what}.`, remedy, value);
}

/** Whether the file begins like a saved portrait. */
export async function isPortraitFile(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, SIGNATURE.length).arrayBuffer());
  return SIGNATURE.every((byte, k) => start[k] === byte);
}

/** The portrait as a file of a few megabytes. */
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
 * @param model the face model that the portrait is to be drawn with
 * @throws TalkingPortraitError `portrait-corrupt`
 */
export async function unpackPortrait(file: Blob, model: FaceModel): Promise<PortraitBundle> {
  if (file.size <= HEADER_BYTES || !(await isPortraitFile(file))) throw corrupt('is none');
  const header = new DataView(await file.slice(0, HEADER_BYTES).arrayBuffer());
  const version = header.getUint32(8, true);
  if (version !== VERSION) throw corrupt(`has another version than ${VERSION}`, version);
  const length = header.getUint32(12, true);
  if (length > MAX_CONTENT_BYTES) throw corrupt('claims to be too large', length);
  const content = await gunzip(file.slice(HEADER_BYTES), length);
  const hash = await sha256(content);
  if (hash.some((byte, k) => byte !== header.getUint8(16 + k))) throw corrupt('has been changed or damaged');
  const bundle = loadPortraitBundle(content);
  const { expressions, vertexCount } = model;
  if (bundle.expression.length !== expressions.count || bundle.mesh.source.some((v) => v >= vertexCount))
    throw corrupt('belongs to another face model');
  return bundle;
}

async function sha256(bytes: ArrayBuffer): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** @param length in bytes that must come out: no more is ever unpacked */
async function gunzip(packed: Blob, length: number): Promise<ArrayBuffer> {
  const out = new Uint8Array(length);
  let at = 0;
  try {
    const reader = packed.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > length) throw new Error('more than announced');
      out.set(part.value, at);
      at += part.value.length;
    }
  } catch {
    throw corrupt('cannot be unpacked');
  }
  if (at !== length) throw corrupt('is cut off', at);
  return out.buffer;
}
