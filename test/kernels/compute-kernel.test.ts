/** @file The GPU layer itself: kernels run, mistakes are thrown with their line, timers never throw. */

import { describe, expect, it } from 'vitest';
import { TalkingPortraitError } from '../../src/errors';
import { createStorageBuffer, createUniformBuffer, uploadStorage } from '../../src/gpu/buffers';
import { isSoftwareAdapter, requestDevice } from '../../src/gpu/device';
import { GpuTimer, type GpuTimes } from '../../src/gpu/gpu-timer';
import { ComputeKernel } from '../../src/gpu/kernel';
import { readFloats, testDevice } from './gpu-fixture';

const SCALE_KERNEL = /* wgsl */ `
override factor: f32;
@group(0) @binding(0) var<uniform> offset: vec4f;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
  output[id.x] = factor * input[id.x] + offset.x;
}`;

describe('ComputeKernel', () => {
  it('runs with override constants and prepared bind groups', async () => {
    const { device } = await testDevice();
    const kernel = await ComputeKernel.create(device, {
      label: 'scale',
      code: SCALE_KERNEL,
      bindings: ['uniform', 'read', 'read-write'],
      constants: { factor: 3 },
    });
    const input = uploadStorage(device, 'input', new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]));
    const output = createStorageBuffer(device, 'output', 32);
    const uniform = createUniformBuffer(device, 'offset', 16);
    device.queue.writeBuffer(uniform, 0, new Float32Array([0.5, 0, 0, 0]));
    const group = kernel.bind([uniform, input, output]);
    const timer = new GpuTimer(device, ['scale']);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({ label: 'scale', ...timer.pass('scale') });
    kernel.dispatch(pass, group, 2);
    pass.end();
    timer.resolve(encoder);
    device.queue.submit([encoder.finish()]);
    timer.collect();
    expect([...(await readFloats(device, output))]).toEqual([3.5, 6.5, 9.5, 12.5, 15.5, 18.5, 21.5, 24.5]);
    timer.destroy();
  });

  it('throws the WGSL message with its line', async () => {
    const { device } = await testDevice();
    const broken = SCALE_KERNEL.replace('offset.x;', 'missing;');
    const attempt = ComputeKernel.create(device, {
      label: 'broken',
      code: broken,
      bindings: ['uniform', 'read', 'read-write'],
    });
    await expect(attempt).rejects.toThrow(/broken.*7:.*missing/s);
    await expect(attempt).rejects.toBeInstanceOf(TalkingPortraitError);
  });

  it('throws when the layout does not match the shader', async () => {
    const { device } = await testDevice();
    const attempt = ComputeKernel.create(device, {
      label: 'mismatch',
      code: SCALE_KERNEL,
      bindings: ['uniform', 'read', 'read'],
      constants: { factor: 1 },
    });
    await expect(attempt).rejects.toBeInstanceOf(TalkingPortraitError);
  });

  it('refuses a wrong number of resources', async () => {
    const { device } = await testDevice();
    const kernel = await ComputeKernel.create(device, {
      label: 'scale',
      code: SCALE_KERNEL,
      bindings: ['uniform', 'read', 'read-write'],
      constants: { factor: 1 },
    });
    expect(() => kernel.bind([])).toThrow(/3 bindings/);
  });
});

describe('GpuTimer', () => {
  it('reports a time for the measured pass, later', async () => {
    const { device, features } = await testDevice();
    if (!features.timestamps) return;
    const arrived = new Promise<GpuTimes>((resolve) => {
      const timer = new GpuTimer(device, ['idle', 'empty'], resolve);
      const encoder = device.createCommandEncoder();
      encoder.beginComputePass(timer.pass('empty')).end();
      timer.resolve(encoder);
      device.queue.submit([encoder.finish()]);
      timer.collect();
    });
    expect(Object.keys(await arrived)).toEqual(['empty']);
  });
});

describe('requestDevice', () => {
  it('says what to do when there is no WebGPU or no adapter', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    await expect(requestDevice({ gpu: none })).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('recognises software adapters by flag and by name', () => {
    expect(isSoftwareAdapter({ vendor: 'google', architecture: 'swiftshader' })).toBe(true);
    expect(isSoftwareAdapter({ description: 'llvmpipe (LLVM 19)' })).toBe(true);
    expect(isSoftwareAdapter({ isFallbackAdapter: true })).toBe(true);
    expect(isSoftwareAdapter({ vendor: 'nvidia', architecture: 'ampere' })).toBe(false);
  });
});
