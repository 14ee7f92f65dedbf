/** @file What this browser has of what the library needs, and what will be used. */

import { isSoftwareAdapter } from '../core/software-adapter';

/** Something that is missing in this browser or on this page. */
export type MissingFeature = {
  /** What it is, a sentence for people. */
  what: string;
  /** What to do about it, a sentence for people. */
  remedy: string;
  /** Whether `create` fails without it; otherwise only a part of the library cannot be used. */
  isRequired: boolean;
};

/** Result of `getSupport`. */
export type Support = {
  /** True when `TalkingPortrait.create` can work in this browser. */
  supported: boolean;
  /** The first thing that `create` fails without, a sentence for people; empty if supported. */
  reason: string;
  /** Everything that is missing. */
  missing: MissingFeature[];
  /** What `create` draws with by default: WebGPU on a GPU, otherwise the CPU. */
  renderer: 'webgpu' | 'cpu';
  /** Why, a sentence for people. */
  rendererReason: string;
  /** Where the motion is computed by default; on a GPU `create` measures both. */
  motion: 'wasm' | 'measured';
  /** Name of the GPU adapter, if one was found. */
  adapter?: string;
  /** Whether the adapter is software. */
  isSoftware?: boolean;
};

const BROWSER = 'Use a current Chrome, Edge, Safari or Firefox.';

/** Finds out whether a TalkingPortrait can be created here. Never throws and asks for no permission. */
export async function getSupport(): Promise<Support> {
  const missing: MissingFeature[] = [];
  const need = (isThere: boolean, what: string, remedy: string, isRequired = true): boolean => {
    if (!isThere) missing.push({ what, remedy, isRequired });
    return isThere;
  };
  need(typeof Worker !== 'undefined', 'Web Workers are missing.', BROWSER);
  need(typeof OffscreenCanvas !== 'undefined', 'OffscreenCanvas is missing.', BROWSER);
  const isSecure = globalThis.isSecureContext === true;
  need(isSecure, 'The page is not served over https or from localhost.', 'Serve it over https.');
  need(
    typeof AudioWorkletNode !== 'undefined',
    'AudioWorklet is missing: no voice can be played or followed.',
    BROWSER,
    false,
  );
  const hasMicrophone = typeof navigator !== 'undefined' && !!navigator.mediaDevices?.getUserMedia;
  need(
    hasMicrophone,
    'The page may not ask for the microphone.',
    'Serve it over https, and allow it where it is framed.',
    false,
  );
  const hasDecoder = typeof AudioDecoder !== 'undefined';
  need(hasDecoder, 'WebCodecs are missing: long voices are decoded before they are heard.', BROWSER, false);
  const { adapter, reason } = await findAdapter();
  need(adapter !== null, reason, 'Switch on hardware acceleration. Until then the CPU draws.', false);
  const isSoftware = adapter !== null && isSoftwareAdapter(adapter.info);
  const hasGpu = adapter !== null && !isSoftware;
  const required = missing.find(({ isRequired }) => isRequired);
  return {
    supported: !required,
    reason: required?.what ?? '',
    missing,
    renderer: hasGpu ? 'webgpu' : 'cpu',
    rendererReason: hasGpu
      ? 'There is a GPU.'
      : isSoftware
        ? 'WebGPU has only a software adapter, which is slower.'
        : reason,
    motion: hasGpu ? 'measured' : 'wasm',
    ...(adapter && { adapter: `${adapter.info.vendor} ${adapter.info.architecture}`.trim(), isSoftware }),
  };
}

/** The adapter, or why there is none. */
async function findAdapter(): Promise<{ adapter: GPUAdapter | null; reason: string }> {
  const gpu = typeof navigator === 'undefined' ? undefined : navigator.gpu;
  if (!gpu) return { adapter: null, reason: 'WebGPU is missing.' };
  try {
    const adapter = await gpu.requestAdapter();
    return { adapter, reason: adapter ? '' : 'The browser has WebGPU, but offers no GPU adapter.' };
  } catch (error) {
    return { adapter: null, reason: `WebGPU failed: ${String(error)}` };
  }
}
