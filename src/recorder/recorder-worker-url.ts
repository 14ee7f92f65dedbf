/** @file Where the recorder's worker is, in this repository; recorder-worker-url.packed.ts takes its place in the package. */
// oxlint-disable-next-line import/default -- Vite makes it
import recorderUrl from '../../workers/recorder.worker.ts?worker&url';

/** URL of the recorder worker's script. */
export function recorderWorkerUrl(): string {
  return recorderUrl;
}
