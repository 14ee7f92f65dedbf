/**
 * @file Where the animator worker and the capture worklet are. Bundlers look for exactly these expressions, and tsdown.config.ts
 * replaces them by the names of the built files. The recorder's worker has a file of its own (recorder-worker-url.ts), so that
 * the bundle of a page that imports only one of the two entries does not contain the other's worker.
 */
import captureWorkletUrl from '../../workers/capture.worklet.ts?worker&url';

/** Starts the animator worker, from `url` if it was moved. */
export function createAnimatorWorker(url?: string | URL): Worker {
  const name = 'talking-portrait animator';
  if (url) return new Worker(url, { type: 'module', name });
  return new Worker(new URL('../../workers/animator.worker.ts', import.meta.url), { type: 'module', name });
}

/** URL of the capture worklet's module. */
export function workletUrl(): string {
  return captureWorkletUrl;
}
