/**
 * @file Reads the safetensors format (https://github.com/huggingface/safetensors): 8 bytes with the length of the
 * header, a JSON header, raw little-endian tensors. The whole header is checked before any data is used: a file may be
 * truncated, outdated or hostile, and a wrong offset would otherwise only be noticed as a face that looks wrong.
 */

import { TalkingPortraitError } from '../errors';

/** The numbers of a tensor. F16 values are kept as bits, see {@link toFloat32}. */
type TensorData = Float32Array | Uint16Array | Int8Array | Uint8Array | Uint32Array | Int32Array;

const ARRAY_OF = {
  F32: Float32Array,
  F16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  U32: Uint32Array,
  I32: Int32Array,
} as const;

/** The element types that this project's files use. */
export type TensorType = keyof typeof ARRAY_OF;

/** One tensor, row-major. */
export type Tensor = { dtype: TensorType; shape: number[]; data: TensorData };

/** A parsed file. */
export type SafetensorsFile = { tensors: Map<string, Tensor>; metadata: Record<string, string> };

const LENGTH_BYTES = 8;
/** Limit for the header, set by the format. */
const HEADER_LIMIT_BYTES = 100_000_000;

function corrupt(what: string, value?: string | number): TalkingPortraitError {
  return new TalkingPortraitError(
    'weights-corrupt',
    `The weights file is invalid: ${what}.`,
    'Fetch it again or rebuild it with training/.',
    value,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Parses a safetensors file. Tensors are views into `bytes` if their offset is aligned, otherwise copies.
 *
 * @param bytes the whole file
 * @throws TalkingPortraitError `weights-corrupt` if header, offsets, types and shapes do not describe exactly these
 *   bytes
 */
export function parseSafetensors(bytes: ArrayBuffer): SafetensorsFile {
  if (bytes.byteLength < LENGTH_BYTES) throw corrupt('it is shorter than its length field', bytes.byteLength);
  const headerLength = Number(new DataView(bytes).getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + headerLength;
  if (headerLength > HEADER_LIMIT_BYTES || dataStart > bytes.byteLength) {
    throw corrupt('the header is longer than the file', headerLength);
  }
  const header = parseHeader(new Uint8Array(bytes, LENGTH_BYTES, headerLength));
  const tensors = new Map<string, Tensor>();
  const spans: [begin: number, end: number, name: string][] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = parseMetadata(entry);
      continue;
    }
    const { tensor, begin, end } = parseTensor(name, entry, bytes, dataStart);
    tensors.set(name, tensor);
    spans.push([begin, end, name]);
  }
  // The format requires tensors to cover the data exactly: no holes, no overlap, nothing after the last tensor.
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let covered = 0;
  for (const [begin, end, name] of spans) {
    if (begin !== covered) throw corrupt('a tensor does not start where the previous one ends', name);
    covered = end;
  }
  if (dataStart + covered !== bytes.byteLength) throw corrupt('some bytes belong to no tensor', bytes.byteLength);
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw Object.assign(corrupt('its header is not JSON'), { cause });
  }
  if (!isRecord(header)) throw corrupt('its header is not a JSON object');
  return header;
}

function parseMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry)) throw corrupt('__metadata__ is not a JSON object');
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'string') throw corrupt('a metadata value is not a string', key);
    metadata[key] = value;
  }
  return metadata;
}

function parseTensor(
  name: string,
  entry: unknown,
  bytes: ArrayBuffer,
  dataStart: number,
): { tensor: Tensor; begin: number; end: number } {
  if (!isRecord(entry)) throw corrupt('a tensor has no description', name);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(ARRAY_OF, dtype))
    throw corrupt('a tensor has an unknown type', `${name}: ${String(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isIndex)) throw corrupt('a tensor has no valid shape', name);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isIndex))
    throw corrupt('a tensor has no valid offsets', name);
  const [begin, end] = offsets as [number, number];
  const Data = ARRAY_OF[dtype as TensorType];
  const length = shape.reduce((product, size) => product * size, 1);
  if (begin > end || end > bytes.byteLength - dataStart) throw corrupt('a tensor lies outside the file', name);
  if (length * Data.BYTES_PER_ELEMENT !== end - begin)
    throw corrupt('the shape of a tensor does not match its number of bytes', name);
  const start = dataStart + begin;
  const aligned = start % Data.BYTES_PER_ELEMENT === 0;
  const data = aligned ? new Data(bytes, start, length) : new Data(bytes.slice(start, dataStart + end));
  return { tensor: { dtype: dtype as TensorType, shape: [...shape], data }, begin, end };
}

/**
 * Looks up a tensor and checks its type and shape.
 *
 * @param shape expected sizes; -1 accepts any
 * @throws TalkingPortraitError `weights-corrupt` if it is missing or has another type or shape
 */
export function expectTensor(
  file: SafetensorsFile,
  name: string,
  dtypes: readonly TensorType[],
  shape: readonly number[],
): Tensor {
  const tensor = file.tensors.get(name);
  if (!tensor) throw corrupt('a tensor is missing', name);
  if (!dtypes.includes(tensor.dtype))
    throw corrupt(`a tensor has type ${tensor.dtype} and not ${dtypes.join(' or ')}`, name);
  const fits =
    tensor.shape.length === shape.length && shape.every((size, axis) => size === -1 || size === tensor.shape[axis]);
  if (!fits) throw corrupt(`a tensor has shape [${tensor.shape.join(', ')}] and not [${shape.join(', ')}]`, name);
  return tensor;
}

/** The numbers of a tensor as f32: F32 is returned without a copy, other types are converted. */
export function toFloat32(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  if (tensor.dtype !== 'F16') return Float32Array.from(tensor.data);
  const table = halfTable();
  const out = new Float32Array(tensor.data.length);
  for (let i = 0; i < out.length; i++) out[i] = table[tensor.data[i]!]!;
  return out;
}

let halves: Float32Array | undefined;

/** The values of all 65536 binary16 patterns: looking up a weight is faster than decoding it. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(0x10000);
  for (let bits = 0; bits < 0x10000; bits++) halves[bits] = halfToNumber(bits);
  return halves;
}

/** IEEE 754 binary16: sign 1, exponent 5 (bias 15), fraction 10. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
