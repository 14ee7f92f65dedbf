/** @file Mixes several channels of sound into one. */

/** Mean of all channels, which must have the same length. The result is a new array. */
export function mixToMono(channels: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const [first, ...others] = channels;
  const mono = new Float32Array(first!);
  for (const channel of others) for (let i = 0; i < mono.length; i++) mono[i]! += channel[i]!;
  if (others.length > 0) for (let i = 0; i < mono.length; i++) mono[i]! /= channels.length;
  return mono;
}
