/** @file Writes the safetensors format that safetensors.ts reads; used for saved portraits. */

import type { TensorType } from './safetensors';

export type WritableTensor = { dtype: TensorType; shape: readonly number[]; data: ArrayBufferView };

const ALIGNMENT_BYTES = 8;

/**
 * Writes a file.
 *
 * @param tensors ordered from larger to smaller element types, so that every tensor is aligned and readers need no
 *   copies
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Record<string, string>,
): ArrayBuffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let size = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [size, size + data.byteLength] };
    size += data.byteLength;
  }
  const encoder = new TextEncoder();
  const json = JSON.stringify(header);
  const bare = encoder.encode(json).length;
  const padded = Math.ceil(bare / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const text = encoder.encode(json + ' '.repeat(padded - bare));
  const file = new Uint8Array(8 + text.length + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let at = 8 + text.length;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file.buffer;
}
