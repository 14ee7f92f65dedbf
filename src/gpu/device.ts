/**
 * @file The one GPUDevice of a worker.
 *
 * Why its own file: every room gets its device from here, so that features are asked for only where the adapter
 * has them, a software adapter is recognised once (it needs barrier-free kernels, and its networks belong on
 * WASM), and the loss of the device is one promise. `GPU` is injected, so the same code runs in a window, in a
 * worker and in Node with Dawn.
 */

import { TalkingPortraitError } from '../errors';

/** Optional features that kernels can use; each has an f32 path without it. */
export type DeviceFeatures = {
  /** `enable f16` in WGSL. */
  f16: boolean;
  /** `enable subgroups` in WGSL. */
  subgroups: boolean;
  /** Timestamp queries of passes. */
  timestamps: boolean;
};

/** What the adapter says about itself; empty strings where the browser hides it. */
export type AdapterDescription = { vendor: string; architecture: string; device: string; description: string };

/** A device with the facts that kernels choose by. */
export type GpuDevice = {
  device: GPUDevice;
  adapterInfo: AdapterDescription;
  /** True for a software rasteriser: barriers are slow there, and small networks belong on WASM. */
  isFallback: boolean;
  features: DeviceFeatures;
  /** Resolves when the device is gone; reason 'destroyed' is our own doing. */
  lost: Promise<GPUDeviceLostInfo>;
};

export type RequestDeviceOptions = {
  /** Default: `navigator.gpu` of the window or worker. */
  gpu?: GPU;
  /** Default 'high-performance'. */
  powerPreference?: GPUPowerPreference;
  /** Limits above WebGPU's defaults that the caller's kernels need. Default none. */
  requiredLimits?: Record<string, number>;
};

const SOFTWARE_ADAPTER = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/**
 * Is this adapter a software rasteriser?
 *
 * @param info `adapter.info`; `isFallbackAdapter` alone is not enough: Mesa's rasterisers do not set it
 */
export function isSoftwareAdapter(info: Partial<AdapterDescription> & { isFallbackAdapter?: boolean }): boolean {
  return (
    info.isFallbackAdapter === true ||
    [info.vendor, info.architecture, info.device, info.description].some((text) => SOFTWARE_ADAPTER.test(text ?? ''))
  );
}

/**
 * Ask for an adapter and a device with only the limits and features that the kernels use.
 *
 * @throws TalkingPortraitError 'unsupported' without WebGPU, without an adapter, or when a limit is too small
 */
export async function requestDevice(options: RequestDeviceOptions = {}): Promise<GpuDevice> {
  const gpu = options.gpu ?? globalThis.navigator?.gpu;
  if (!gpu) {
    throw new TalkingPortraitError(
      'unsupported',
      'This browser has no WebGPU.',
      'Use a current Chrome, Edge, Safari 26 or Firefox, on a page served over HTTPS or from localhost.',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: options.powerPreference ?? 'high-performance' });
  if (!adapter) {
    throw new TalkingPortraitError(
      'unsupported',
      'WebGPU offers no graphics adapter.',
      'Turn on hardware acceleration in the browser settings or update the graphics driver.',
    );
  }
  for (const [name, needed] of Object.entries(options.requiredLimits ?? {})) {
    const offered = adapter.limits[name as keyof GPUSupportedLimits] as number | undefined;
    if (offered !== undefined && offered < needed) {
      throw new TalkingPortraitError(
        'unsupported',
        `The graphics adapter's ${name} is too small: ${needed} needed.`,
        'Use a machine with a newer graphics adapter.',
        offered,
      );
    }
  }
  const features: DeviceFeatures = {
    f16: adapter.features.has('shader-f16'),
    subgroups: adapter.features.has('subgroups' as GPUFeatureName),
    timestamps: adapter.features.has('timestamp-query'),
  };
  const requiredFeatures: GPUFeatureName[] = [];
  if (features.f16) requiredFeatures.push('shader-f16');
  if (features.subgroups) requiredFeatures.push('subgroups' as GPUFeatureName);
  if (features.timestamps) requiredFeatures.push('timestamp-query');
  const device = await adapter.requestDevice({
    label: 'talking-portrait',
    requiredFeatures,
    ...(options.requiredLimits && { requiredLimits: options.requiredLimits }),
  });
  const { vendor, architecture, device: name, description } = adapter.info;
  return {
    device,
    adapterInfo: { vendor, architecture, device: name, description },
    isFallback: isSoftwareAdapter(adapter.info),
    features,
    lost: device.lost,
  };
}
