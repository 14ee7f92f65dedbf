/** @file Signals for the audio tests. */

/** Repeatable white noise in -amplitude ... amplitude. */
export function noise(length: number, seed = 1, amplitude = 0.3): Float32Array {
  let state = seed * 2654435761;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * amplitude;
  });
}

export function sine(length: number, hz: number, rateHz: number, amplitude = 0.5): Float32Array {
  return Float32Array.from({ length }, (_, n) => amplitude * Math.sin((2 * Math.PI * hz * n) / rateHz));
}

/** Cuts `samples` into chunks; `sizes` is repeated as often as needed. */
export function* chunksOf(
  samples: Float32Array,
  sizes: readonly number[],
): Generator<[chunk: Float32Array, start: number]> {
  for (let start = 0, i = 0; start < samples.length; i++) {
    const end = Math.min(samples.length, start + sizes[i % sizes.length]!);
    yield [samples.slice(start, end), start];
    start = end;
  }
}

export function concat(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Largest absolute difference; infinite if the lengths differ. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference; // NaN counts as well
  }
  return largest;
}
