/**
 * @file Where the animator worker and the audio worklet are in the package. Bundlers look for exactly these expressions
 * and copy the files that they name; without a bundler they are the addresses as they stand.
 */

/** URL of the animator worker's script. */
export function animatorWorkerUrl(): string {
  return new URL('./workers/animator.worker.js', import.meta.url).href;
}

/** URL of the audio worklet's module. */
export function workletUrl(): string {
  return new URL('./workers/audio.worklet.js', import.meta.url).href;
}
