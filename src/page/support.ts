/** @file Whether this browser can run the library. */

/** Result of `getSupport`. */
export type Support = {
  /** True when `TalkingPortrait.create` can work in this browser. */
  supported: boolean;
  /** What is missing, a sentence for people; empty if supported. */
  reason: string;
  /** Name of the GPU adapter, if one was found. */
  adapter?: string;
};

/** Finds out whether a TalkingPortrait can be created here. Never throws and asks for no permission. */
export async function getSupport(): Promise<Support> {
  const missing = (reason: string): Support => ({ supported: false, reason });
  try {
    if (typeof Worker === 'undefined') return missing('Web Workers are missing.');
    if (typeof OffscreenCanvas === 'undefined') return missing('OffscreenCanvas is missing.');
    if (!globalThis.isSecureContext) return missing('The page is not served over https or from localhost.');
    if (!('gpu' in navigator)) return missing('WebGPU is missing: use a current Chrome, Edge, Safari or Firefox.');
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter) return missing('The browser has WebGPU, but offers no GPU adapter.');
    return { supported: true, reason: '', adapter: `${adapter.info.vendor} ${adapter.info.architecture}`.trim() };
  } catch (error) {
    return missing(`WebGPU failed: ${String(error)}`);
  }
}
