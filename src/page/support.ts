/** @file What this browser has of what the library needs, and what will be used. */

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
  /** Name of the GPU adapter, if one was found. */
  adapter?: string;
  /** Whether the adapter is software, which is slow: the motion then runs on WebAssembly. */
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
  const adapter = await findAdapter(need);
  const required = missing.find(({ isRequired }) => isRequired);
  return {
    supported: !required,
    reason: required?.what ?? '',
    missing,
    ...(adapter && {
      adapter: `${adapter.info.vendor} ${adapter.info.architecture}`.trim(),
      isSoftware: adapter.info.isFallbackAdapter === true,
    }),
  };
}

async function findAdapter(
  need: (isThere: boolean, what: string, remedy: string) => boolean,
): Promise<GPUAdapter | null> {
  const gpu = typeof navigator === 'undefined' ? undefined : navigator.gpu;
  if (!need(gpu !== undefined, 'WebGPU is missing.', BROWSER)) return null;
  try {
    const adapter = await gpu!.requestAdapter();
    const remedy = "Switch on the browser's hardware acceleration, and update the graphics driver.";
    need(adapter !== null, 'The browser has WebGPU, but offers no GPU adapter.', remedy);
    return adapter;
  } catch (error) {
    need(false, `WebGPU failed: ${String(error)}`, 'Restart the browser.');
    return null;
  }
}
