/**
 * @file A real WebGPU device for kernel tests in Node: Dawn (npm `webgpu`) on the Vulkan driver that vitest.config.ts
 * chooses.
 */

import { requestDevice, type GpuDevice } from '../../src/gpu/device';

let shared: Promise<GpuDevice> | undefined;
// Dawn's instance dies with its JavaScript object, and takes the process with it: keep it for good.
let instance: GPU | undefined;

/** One device a test process; kernels of all tests share it. Its globals (GPUBufferUsage ...) are installed too. */
export function testDevice(): Promise<GpuDevice> {
  shared ??= (async () => {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    instance = create([]);
    const gpu = await requestDevice({ gpu: instance });
    // A validation error that nobody awaits would otherwise pass as a frame of zeros.
    gpu.device.addEventListener('uncapturederror', ({ error }) => {
      queueMicrotask(() => {
        throw new Error(error.message);
      });
    });
    return gpu;
  })();
  return shared;
}

/** Copy a buffer (usage COPY_SRC) to the CPU. Tests only: the frame path never reads back. @param bytes default whole */
export async function readBuffer(device: GPUDevice, buffer: GPUBuffer, bytes = buffer.size): Promise<ArrayBuffer> {
  const staging = device.createBuffer({
    label: `${buffer.label} read-back`,
    size: bytes,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const copy = staging.getMappedRange().slice(0);
  staging.destroy();
  return copy;
}

/** `readBuffer` as numbers. */
export async function readFloats(device: GPUDevice, buffer: GPUBuffer, count?: number): Promise<Float32Array> {
  return new Float32Array(await readBuffer(device, buffer, count === undefined ? undefined : count * 4));
}
