/**
 * @file Weight matrices as the kernels read them (shaders/common/packed-weights.wgsl).
 *
 * The bits of an f16 tensor are already the packed form, so nothing is converted on a GPU.
 */

import { uploadStorage } from '../gpu/buffers';
import { type Tensor, toFloat32 } from '../weights/safetensors';
import type { KernelTuning } from './kernel-tuning';

const EIGHT = 8;

/** The f16 bits of a tensor; motion-weights.ts has checked the type. */
function halfBits(tensor: Tensor): Uint16Array {
  return tensor.data as Uint16Array;
}

/** Row-major [rows, inputs] in eights. */
export function uploadMatrix(device: GPUDevice, label: string, tensor: Tensor, { half }: KernelTuning): GPUBuffer {
  return uploadStorage(device, label, half ? halfBits(tensor) : toFloat32(tensor));
}

/** [levels, rows, inputs] -> [levels, inputs/8, rows, 8]: neighbouring rows next to one another. */
function interleave<T extends Uint16Array | Float32Array>(source: T, target: T, shape: readonly number[]): T {
  const [levels = 0, rows = 0, inputs = 0] = shape;
  for (let level = 0; level < levels; level++) {
    for (let row = 0; row < rows; row++) {
      for (let input = 0; input < inputs; input += EIGHT) {
        const from = (level * rows + row) * inputs + input;
        const to = (level * (inputs / EIGHT) + input / EIGHT) * rows + row;
        target.set(source.subarray(from, from + EIGHT), to * EIGHT);
      }
    }
  }
  return target;
}

/** [levels, rows, inputs] for kernels with one thread per row. */
export function uploadInterleaved(device: GPUDevice, label: string, tensor: Tensor, { half }: KernelTuning): GPUBuffer {
  if (half) {
    const bits = halfBits(tensor);
    return uploadStorage(device, label, interleave(bits, new Uint16Array(bits.length), tensor.shape));
  }
  const values = toFloat32(tensor);
  return uploadStorage(device, label, interleave(values, new Float32Array(values.length), tensor.shape));
}

/** A look-up table in f16, two per u32, on every adapter, because few of its entries are read. */
export function uploadTable(device: GPUDevice, label: string, tensor: Tensor): GPUBuffer {
  return uploadStorage(device, label, halfBits(tensor));
}

/** Several tensors in f32, one after another. */
export function uploadVectors(device: GPUDevice, label: string, ...tensors: readonly Tensor[]): GPUBuffer {
  const parts = tensors.map(toFloat32);
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return uploadStorage(device, label, all);
}
