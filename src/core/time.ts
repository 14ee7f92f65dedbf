/** @file Time inside the library: integer samples at 16 kHz and integer frames at 25 FPS. Only the public API uses seconds. */

/** Sample rate of everything after the resampler. */
export const SAMPLE_RATE_HZ = 16_000;
/** Rate of audio embeddings and motion frames. */
export const FRAME_RATE_HZ = 25;
/** Length of a motion frame. */
export const FRAME_MS = 1000 / FRAME_RATE_HZ;
/** Samples per frame. Frame n covers samples 640 n ... 640 (n + 1) - 1. */
export const SAMPLES_PER_FRAME = SAMPLE_RATE_HZ / FRAME_RATE_HZ;

/** Now, in milliseconds since the epoch, the same on all threads. */
export const epochMs = (): number => performance.timeOrigin + performance.now();
