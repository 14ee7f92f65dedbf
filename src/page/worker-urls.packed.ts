/**
 * @file Where the animator worker and the capture worklet are in the package. Bundlers look for exactly these expressions
 * and copy the files that they name; without a bundler they are the addresses as they stand.
 */

/** URL of the animator worker's script. */
export function animatorWorkerUrl(): string {
  return new URL('./workers/animator.worker.js', import.meta.url).href;
}

/** URL of the capture worklet's module. */
export function workletUrl(): string {
  return new URL('./workers/capture.worklet.js', import.meta.url).href;
}
