/** @file Where the recorder's worker is in the packed library: bundlers look for exactly this expression. */

/** URL of the recorder worker's script. */
export function recorderWorkerUrl(): string {
  return new URL('./workers/recorder.worker.js', import.meta.url).href;
}
