/** @file Mixes several channels of sound into one. */

/** Channels that cancel each other to less than this share of their power are in opposite phase. */
const CANCELLED = 0.01;

/**
 * Mean of all channels, which must have the same length; the loudest one if they cancel each other, as in a recording with one
 * channel inverted. The result is a new array.
 */
export function mixToMono(channels: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const [first, ...others] = channels;
  const mono = new Float32Array(first!);
  if (others.length === 0) return mono;
  for (const channel of others) for (let i = 0; i < mono.length; i++) mono[i]! += channel[i]!;
  for (let i = 0; i < mono.length; i++) mono[i]! /= channels.length;
  const powers = channels.map(power);
  const loudest = powers.indexOf(Math.max(...powers));
  return power(mono) < (CANCELLED * powers[loudest]!) / channels.length ? new Float32Array(channels[loudest]!) : mono;
}

function power(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  return sum;
}
