/**
 * @file A real WebGPU device for kernel tests in Node: Dawn (npm `webgpu`) on whatever Vulkan there is.
 *
 * Without a graphics driver the loader needs to be told of a software one: Chromium ships SwiftShader.
 */

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { dirname, join } from 'node:path';
import { requestDevice, type GpuDevice } from '../../src/gpu/device';

const SWIFTSHADER_ICD = 'vk_swiftshader_icd.json';

/** Folders that a Chromium or Chrome keeps its SwiftShader in. */
function chromiumFolders(): string[] {
  const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/snap/chromium/current/usr/lib/chromium-browser'];
  try {
    folders.push(dirname(chromium.executablePath()));
  } catch {
    // Playwright knows no browser for this platform.
  }
  return folders;
}

function hasHardwareDriver(): boolean {
  return existsSync('/dev/dri') || existsSync('/dev/nvidia0');
}

function pointToSoftwareDriver(): void {
  if (process.platform !== 'linux' || process.env['VK_ICD_FILENAMES'] || hasHardwareDriver()) return;
  const icd = chromiumFolders()
    .map((folder) => join(folder, SWIFTSHADER_ICD))
    .find(existsSync);
  if (icd) process.env['VK_ICD_FILENAMES'] = icd;
}

let shared: Promise<GpuDevice> | undefined;

/** One device a test process; kernels of all tests share it. Its globals (GPUBufferUsage ...) are installed too. */
export function testDevice(): Promise<GpuDevice> {
  shared ??= (async () => {
    pointToSoftwareDriver();
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    return requestDevice({ gpu: create([]) });
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
