/**
 * @file Where worker and worklet are, in one place: bundlers look for exactly these expressions, and the packed library
 * replaces this file by one with the names of its built files.
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

/** URL of the folder with the model files. */
export function defaultModelBaseUrl(): URL {
  return new URL('models/', document.baseURI);
}
