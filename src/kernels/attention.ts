/** @file shaders/transformer/attention.wgsl: one frame's attention over the ring of the KV cache and the sinks. */

import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/transformer/attention.wgsl?raw';
import { ComputeKernel, type PreparedDispatch } from '../gpu/kernel';

export type AttentionSizes = { d: number; heads: number; window: number; sinks: number };

/** Buffers in the order of the bindings; shapes in the shader's header. Keys and values are one layer's part of the ring. */
export type AttentionBuffers = {
  state: GPUBuffer;
  qkv: GPUBuffer;
  sinkKeys: GPUBuffer;
  sinkValues: GPUBuffer;
  rotation: GPUBuffer;
  keys: GPUBufferBinding;
  values: GPUBufferBinding;
  output: GPUBuffer;
};

/**
 * Cosines and sines of every age: f32[window, 2, headSize/2], angle age * base^(-2j/headSize).
 *
 * A table, because the angles are few and a driver's cos may be coarse.
 */
export function rotationTable(window: number, headSize: number, base: number): Float32Array<ArrayBuffer> {
  const half = headSize / 2;
  const table = new Float32Array(window * headSize);
  for (let age = 0; age < window; age++) {
    for (let j = 0; j < half; j++) {
      const angle = age * base ** (-j / half);
      table[age * headSize + j] = Math.cos(angle);
      table[age * headSize + half + j] = Math.sin(angle);
    }
  }
  return table;
}

/** @returns a function that binds buffers */
export async function createAttentionKernel(
  device: GPUDevice,
  { d, heads, window, sinks }: AttentionSizes,
): Promise<(buffers: AttentionBuffers, label: string) => PreparedDispatch> {
  const kernel = await ComputeKernel.create(device, {
    label: 'motion attention',
    code: [stepState, code].join('\n'),
    bindings: ['uniform', 'read', 'read', 'read', 'read', 'read-write', 'read-write', 'read-write'],
    constants: { D: d, HEAD_SIZE: d / heads, WINDOW: window, SINKS: sinks },
  });
  return ({ state, qkv, sinkKeys, sinkValues, rotation, keys, values, output }, label) =>
    kernel.prepare([state, qkv, sinkKeys, sinkValues, rotation, keys, values, output], heads, label);
}
