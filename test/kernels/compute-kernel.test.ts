/** @file src/gpu: kernels run, mistakes in WGSL throw with their line, timers measure. */

import { describe, expect, it } from 'vitest';
import { TalkingPortraitError } from '../../src/errors';
import { createStorageBuffer, uploadStorage, uploadUniform } from '../../src/gpu/buffers';
import { isSoftwareAdapter } from '../../src/core/software-adapter';
import { requestDevice } from '../../src/gpu/device';
import { GpuTimer, type GpuTimes } from '../../src/gpu/gpu-timer';
import { ComputeKernel, describeKernel } from '../../src/gpu/kernel';
import { readFloats, testDevice } from '../fixtures/gpu-device';

const SCALE_CODE = /* wgsl */ `
override factor: f32;
@group(0) @binding(0) var<uniform> offset: vec4f;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
  output[id.x] = factor * input[id.x] + offset.x;
}`;
const SCALE = describeKernel({
  label: 'scale',
  code: SCALE_CODE,
  bindings: { offset: 'uniform', input: 'read', output: 'read-write' },
});

describe('ComputeKernel', () => {
  it('runs with override constants and named buffers', async () => {
    const { device } = await testDevice();
    const kernel = await ComputeKernel.create(device, SCALE, { factor: 3 });
    const input = uploadStorage(device, 'input', new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]));
    const output = createStorageBuffer(device, 'output', 32);
    const offset = uploadUniform(device, 'offset', new Float32Array([0.5, 0, 0, 0]));
    const step = kernel.prepare({ offset, input, output }, 2);
    const timer = new GpuTimer(device, ['scale']);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({ label: 'scale', ...timer.pass('scale') });
    step(pass);
    pass.end();
    timer.resolve(encoder);
    device.queue.submit([encoder.finish()]);
    timer.collect();
    expect([...(await readFloats(device, output))]).toEqual([3.5, 6.5, 9.5, 12.5, 15.5, 18.5, 21.5, 24.5]);
    timer.destroy();
  });

  it('throws the WGSL message with its line', async () => {
    const { device } = await testDevice();
    const code = SCALE_CODE.replace('offset.x;', 'missing;');
    const attempt = ComputeKernel.create(device, { ...SCALE, label: 'broken', code });
    await expect(attempt).rejects.toThrow(/broken.*7:.*missing/s);
    await expect(attempt).rejects.toBeInstanceOf(TalkingPortraitError);
  });

  it('throws when the layout does not match the shader', async () => {
    const { device } = await testDevice();
    const description = describeKernel({ ...SCALE, bindings: { offset: 'uniform', input: 'read', output: 'read' } });
    const attempt = ComputeKernel.create(device, description, { factor: 1 });
    await expect(attempt).rejects.toBeInstanceOf(TalkingPortraitError);
  });
});

describe('GpuTimer', () => {
  it('reports a time for the pass that was measured', async ({ skip }) => {
    const { device } = await testDevice();
    if (!device.features.has('timestamp-query')) skip('the device has no timestamp queries');
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
  it('throws when there is no adapter', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    await expect(requestDevice(none)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('recognises software adapters by flag and by name', () => {
    expect(isSoftwareAdapter({ vendor: 'google', architecture: 'swiftshader' })).toBe(true);
    expect(isSoftwareAdapter({ description: 'llvmpipe (LLVM 19)' })).toBe(true);
    expect(isSoftwareAdapter({ isFallbackAdapter: true })).toBe(true);
    expect(isSoftwareAdapter({ vendor: 'nvidia', architecture: 'ampere' })).toBe(false);
  });
});
