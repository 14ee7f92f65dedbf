/**
 * @file Requests the one GPUDevice of a worker and describes its adapter.
 *
 * All parts of the library share this device. A software adapter needs kernels without barriers, and small networks run faster
 * on WASM there. A `GPU` object can be passed in, so that the same code runs
 * in a window, in a worker and in Node with Dawn.
 */

import { type AdapterDescription, isSoftwareAdapter } from '../core/software-adapter';
import { TalkingPortraitError } from '../errors';

/** A device, and the properties by which kernels and backends are chosen. */
export type GpuDevice = {
  device: GPUDevice;
  adapterInfo: AdapterDescription;
  /** True for a software rasteriser: barriers are slow there, and small networks run faster on WASM. */
  isFallback: boolean;
  /** Resolves when the device is lost; reason 'destroyed' means that the library destroyed it. */
  lost: Promise<GPUDeviceLostInfo>;
};

/**
 * Requests an adapter.
 *
 * @param gpu default: `navigator.gpu` of the window or worker
 * @throws TalkingPortraitError 'unsupported' without WebGPU or without an adapter
 */
export async function requestAdapter(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<GPUAdapter> {
  if (!gpu) {
    throw new TalkingPortraitError(
      'unsupported',
      'This browser has no WebGPU.',
      'Use a current Chrome, Edge, Safari 26 or Firefox, on a page served over HTTPS or from localhost.',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter) return adapter;
  throw new TalkingPortraitError(
    'unsupported',
    'WebGPU offers no graphics adapter.',
    'Turn on hardware acceleration in the browser settings or update the graphics driver.',
  );
}

/**
 * Requests the device of an adapter, with WebGPU's default limits. Timestamp queries are enabled where the adapter has
 * them; no other optional feature is used.
 */
export async function openDevice(adapter: GPUAdapter): Promise<GpuDevice> {
  const device = await adapter.requestDevice({
    label: 'talking-portrait',
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
  });
  const { vendor, architecture, device: name, description } = adapter.info;
  return {
    device,
    adapterInfo: { vendor, architecture, device: name, description },
    isFallback: isSoftwareAdapter(adapter.info),
    lost: device.lost,
  };
}

/** An adapter and its device; see requestAdapter and openDevice. */
export async function requestDevice(gpu?: GPU): Promise<GpuDevice> {
  return openDevice(await requestAdapter(gpu));
}
