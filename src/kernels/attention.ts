/** @file shaders/transformer/attention.wgsl: one frame's attention over the ring of the KV cache and the sinks. */

import stepState from '../../shaders/common/step-state.wgsl?raw';
import code from '../../shaders/transformer/attention.wgsl?raw';
import { ComputeKernel, describeKernel, type KernelBuffers, type PreparedDispatch } from '../gpu/kernel';

export const ATTENTION = describeKernel({
  label: 'motion attention',
  code: [stepState, code].join('\n'),
  bindings: {
    state: 'uniform',
    qkv: 'read',
    sinkKeys: 'read',
    sinkValues: 'read',
    rotation: 'read',
    keys: 'read-write',
    values: 'read-write',
    output: 'read-write',
  },
});

export type AttentionSizes = { d: number; heads: number; window: number; sinks: number };

/** Shapes are in the shader's header. Keys and values are one layer's part of the ring. */
export type AttentionBuffers = KernelBuffers<typeof ATTENTION>;

/**
 * Cosines and sines of every age: f32[window, 2, headSize/2], angle age * base^(-2j/headSize).
 *
 * A table, because the angles are few and the accuracy of WGSL's `cos` is left to the driver.
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
  const constants = { D: d, HEAD_SIZE: d / heads, WINDOW: window, SINKS: sinks };
  const kernel = await ComputeKernel.create(device, ATTENTION, constants);
  return (buffers, label) => kernel.prepare(buffers, heads, label);
}
