/** @file The energy baseline, as used by many avatars: the mouth opens with the loudness of the voice. */
import type { MouthSeries } from './series-file';

/** Sample rate of the input, Hz. */
export const ENERGY_RATE_HZ = 16_000;
const FRAME_SAMPLES = ENERGY_RATE_HZ / 25;
const FLOOR_DB = -60;

/** Level in dB over the 40 ms of each video frame and the 40 ms before it: the envelope that follows real mouths best. */
export function energyEnvelope(pcm: Float32Array): MouthSeries {
  const level = Array.from({ length: Math.floor(pcm.length / FRAME_SAMPLES) }, (_, frame) => {
    let sum = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) sum += pcm[frame * FRAME_SAMPLES + i]! ** 2;
    return Math.max(FLOOR_DB, 10 * Math.log10(sum / FRAME_SAMPLES));
  });
  return { aperture: level.map((now, frame) => (now + (level[frame - 1] ?? now)) / 2) };
}
