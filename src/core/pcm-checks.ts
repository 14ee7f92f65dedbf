/** @file Checks of incoming PCM. */

import { TalkingPortraitError } from '../errors';
import { describeValue } from './describe-value';

/** Lowest and highest accepted sample rate. */
const LOWEST_RATE_HZ = 8_000;
const HIGHEST_RATE_HZ = 192_000;

/** @throws TalkingPortraitError `sample-rate` unless it is a whole number of 8000 ... 192000 Hz */
export function assertSampleRate(rateHz: number): void {
  if (Number.isInteger(rateHz) && rateHz >= LOWEST_RATE_HZ && rateHz <= HIGHEST_RATE_HZ) return;
  throw new TalkingPortraitError(
    'sample-rate',
    'The sample rate of the sound is not supported.',
    `Use a whole number from ${LOWEST_RATE_HZ} to ${HIGHEST_RATE_HZ} Hz.`,
    typeof rateHz === 'number' ? rateHz : describeValue(rateHz),
  );
}

/** A single NaN would stay in the encoder's state for good. @throws TalkingPortraitError `audio-not-finite` */
export function assertFinite(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) {
    if (Number.isFinite(samples[i])) continue;
    throw new TalkingPortraitError(
      'audio-not-finite',
      `Sample ${i} of the sound is not a finite number.`,
      'Send finite PCM in -1 ... 1.',
      String(samples[i]),
    );
  }
}
