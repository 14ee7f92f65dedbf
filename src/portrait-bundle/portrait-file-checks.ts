/**
 * @file Checks of a saved portrait while it is read: every tensor and number must be there, with the right type and
 * shape, finite and in range. The values come from a file, so none is trusted.
 */

import type { RgbaImage } from '../core/rgba-image';
import { TalkingPortraitError } from '../errors';
import { expectTensor, type SafetensorsFile, type TensorType } from '../weights/safetensors';
import type { PortraitBundle } from './portrait-bundle';

const MAX_SIDE_PX = 8192;
const MAX_GRID_SIDE = 1025;

/** The numbers of a portrait that are not tensors; stored as JSON in the metadata. */
export type PortraitNumbers = {
  colorSpace: PredefinedColorSpace;
  scale: number;
  translation: [number, number];
  relaxBase: number;
  relaxLimit: number;
  faceVertexCount: number;
  mouthGroups: PortraitBundle['mesh']['mouthGroups'];
  lipRingUpperCount: number;
  gapOffsets: PortraitBundle['gaps']['offsets'];
  lidOverlap: number;
  columns: number;
  rows: number;
  cardOffset: [number, number] | null;
  lidOffset: [number, number];
  gazeOffset: [number, number] | null;
};

/** The error for a saved portrait that cannot be used. */
export function corrupt(what: string, value?: string | number): TalkingPortraitError {
  return new TalkingPortraitError(
    'portrait-corrupt',
    `The portrait file is invalid: ${what}.`,
    'Create the portrait from its photo again.',
    value,
  );
}

/** Checked access to the tensors of a parsed file. */
export function checkedReader(file: SafetensorsFile) {
  const get = (name: string, type: TensorType, shape: number[]) => expectTensor(file, name, [type], shape);
  return {
    size: (name: string, axis: number): number => {
      const size = file.tensors.get(name)?.shape[axis];
      if (!size) throw corrupt('a tensor is missing or empty', name);
      return size;
    },
    f32: (name: string, shape: number[]): Float32Array => {
      const data = get(name, 'F32', shape).data as Float32Array;
      if (!data.every(Number.isFinite)) throw corrupt('a number is not finite', name);
      return data;
    },
    u32: (name: string, shape: number[], limit: number): Uint32Array => {
      const data = get(name, 'U32', shape).data as Uint32Array;
      if (data.some((index) => index >= limit)) throw corrupt('an index is out of range', name);
      return data;
    },
    image: (name: string): RgbaImage => {
      const tensor = get(name, 'U8', [-1, -1, 4]);
      const [height, width] = tensor.shape as [number, number, number];
      if (!(width > 0 && height > 0 && width <= MAX_SIDE_PX && height <= MAX_SIDE_PX))
        throw corrupt('an image is empty or too large', name);
      const { buffer, byteOffset, byteLength } = tensor.data;
      return { width, height, data: new Uint8ClampedArray(buffer as ArrayBuffer, byteOffset, byteLength) };
    },
  };
}

/** Reads and checks the numbers. @throws TalkingPortraitError `portrait-corrupt` */
export function readNumbers(file: SafetensorsFile): PortraitNumbers {
  let value: unknown;
  try {
    value = JSON.parse(file.metadata['numbers'] ?? '');
  } catch {
    throw corrupt('its list of numbers is not JSON');
  }
  const isNumbers = (list: unknown, length: number): boolean =>
    Array.isArray(list) && list.length === length && list.every(Number.isFinite);
  const n = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  for (const key of [
    'scale',
    'relaxBase',
    'relaxLimit',
    'faceVertexCount',
    'lipRingUpperCount',
    'lidOverlap',
    'columns',
    'rows',
  ]) {
    if (!Number.isFinite(n[key])) throw corrupt('a number is missing', key);
  }
  for (const [key, length] of [
    ['translation', 2],
    ['lidOffset', 2],
    ['gapOffsets', 4],
  ] as const) {
    if (!isNumbers(n[key], length)) throw corrupt('numbers are missing', key);
  }
  for (const key of ['cardOffset', 'gazeOffset'])
    if (n[key] !== null && !isNumbers(n[key], 2)) throw corrupt('numbers are missing', key);
  for (const key of ['columns', 'rows'])
    if (!Number.isInteger(n[key]) || (n[key] as number) < 2 || (n[key] as number) > MAX_GRID_SIDE)
      throw corrupt('the size of the grid is out of range', key);
  if (n['colorSpace'] !== 'srgb' && n['colorSpace'] !== 'display-p3') throw corrupt('its colour space is unknown');
  const groups = n['mouthGroups'] as Record<string, unknown> | null | undefined;
  for (const name of ['socket', 'tongue', 'upperTeeth', 'lowerTeeth'])
    if (!isNumbers(groups?.[name], 2)) throw corrupt('a part of the mouth is missing', name);
  return value as PortraitNumbers;
}
