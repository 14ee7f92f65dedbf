/** @file Tells software rasterisers from GPUs. */

/** Description of the adapter; empty strings where the browser hides it. */
export type AdapterDescription = { vendor: string; architecture: string; device: string; description: string };

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
