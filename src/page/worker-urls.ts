/**
 * @file Where the animator worker and the audio worklet are, in this repository: Vite builds them. worker-urls.packed.ts
 * takes the place of this module in the package. The recorder's worker has a file of its own (recorder-worker-url.ts), so
 * that the bundle of a page that imports only one of the two entries does not contain the other's worker.
 */
// oxlint-disable-next-line import/default -- Vite makes it
import animatorUrl from '../../workers/animator.worker.ts?worker&url';
// oxlint-disable-next-line import/default -- Vite makes it
import workletScript from '../../workers/audio.worklet.ts?worker&url';

/** URL of the animator worker's script. */
export function animatorWorkerUrl(): string {
  return animatorUrl;
}

/** URL of the audio worklet's module. */
export function workletUrl(): string {
  return workletScript;
}
