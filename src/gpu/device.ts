/**
 * @file Requests the one GPUDevice of a worker and describes its adapter.
 *
 * All parts of the library share this device. Only this file detects a software adapter, which needs kernels without
 * barriers, and on which small networks run faster on WASM. A `GPU` object can be passed in, so that the same code runs
 * in a window, in a worker and in Node with Dawn.
 */

import { TalkingPortraitError } from '../errors';

/** Description of the adapter; empty strings where the browser hides it. */
export type AdapterDescription = { vendor: string; architecture: string; device: string; description: string };

/** A device, and the properties by which kernels and backends are chosen. */
export type GpuDevice = {
  device: GPUDevice;
  adapterInfo: AdapterDescription;
  /** True for a software rasteriser: barriers are slow there, and small networks run faster on WASM. */
  isFallback: boolean;
  /** Resolves when the device is lost; reason 'destroyed' means that the library destroyed it. */
  lost: Promise<GPUDeviceLostInfo>;
};

const SOFTWARE_ADAPTER = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/**
 * Whether an adapter is a software rasteriser.
 *
 * @param info `adapter.info`; `isFallbackAdapter` alone is not enough, because Mesa's rasterisers do not set it
 */
export function isSoftwareAdapter(info: Partial<AdapterDescription> & { isFallbackAdapter?: boolean }): boolean {
  return (
    info.isFallbackAdapter === true ||
    [info.vendor, info.architecture, info.device, info.description].some((text) => SOFTWARE_ADAPTER.test(text ?? ''))
  );
}

/**
 * Requests an adapter and a device with WebGPU's default limits. Timestamp queries are enabled where the adapter has
 * them; no other optional feature is used.
 *
 * @param gpu default: `navigator.gpu` of the window or worker
 * @throws TalkingPortraitError 'unsupported' without WebGPU or without an adapter
 */
export async function requestDevice(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<GpuDevice> {
  if (!gpu) {
    throw new TalkingPortraitError(
      'unsupported',
      'This browser has no WebGPU.',
      'Use a current Chrome, Edge, Safari 26 or Firefox, on a page served over HTTPS or from localhost.',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new TalkingPortraitError(
      'unsupported',
      'WebGPU offers no graphics adapter.',
      'Turn on hardware acceleration in the browser settings or update the graphics driver.',
    );
  }
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
