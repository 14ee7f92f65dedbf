/** @file Reproducible random numbers for the inputs of tests. */
import { uniform } from '../../src/core/rng';

/** Uniform numbers of a stream. */
export function uniforms(count: number, seed: number, low = -1, high = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, index) => low + (high - low) * uniform(seed, 0, index));
}
