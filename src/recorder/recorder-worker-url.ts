/** @file Where the recorder's worker is. Bundlers look for exactly this expression; see page/worker-urls.ts. */

/** Starts the recorder's worker, from `url` if it was moved. */
export function createRecorderWorker(url?: string | URL): Worker {
  const name = 'talking-portrait recorder';
  if (url) return new Worker(url, { type: 'module', name });
  return new Worker(new URL('../../workers/recorder.worker.ts', import.meta.url), { type: 'module', name });
}
