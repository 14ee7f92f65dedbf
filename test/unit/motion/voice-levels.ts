/** @file Levels of a synthetic voice: syllables of different stress, in phrases with pauses between them. */

import type { VoiceActivity } from '../../../src/core/audio-types';
import { uniform } from '../../../src/core/rng';

/** A frame of digital silence. */
export const SILENCE: VoiceActivity = { speech: 0, level: -100 };

/** Frames of digital silence. */
export const silence = (frames: number): VoiceActivity[] => Array.from({ length: frames }, () => SILENCE);

const SYLLABLE_FRAMES = 5;
const PHRASE_FRAMES = 70;
const PAUSE_FRAMES = 12;
const FLOOR_DBFS = -65;

/**
 * @param gainDb gain of the microphone
 * @returns one entry for each frame of 40 ms, and the frames at which stressed syllables are loudest
 */
export function voiceLevels(frames: number, gainDb = 0, seed = 1): { voice: VoiceActivity[]; stressed: number[] } {
  const stressed: number[] = [];
  const voice = Array.from({ length: frames }, (_, frame): VoiceActivity => {
    const inPhrase = frame % (PHRASE_FRAMES + PAUSE_FRAMES);
    if (inPhrase >= PHRASE_FRAMES) return { speech: 0, level: FLOOR_DBFS + gainDb };
    const [syllable, within] = [Math.floor(frame / SYLLABLE_FRAMES), frame % SYLLABLE_FRAMES];
    const stress = syllable % 3 === 0 ? 6 + 4 * uniform(seed, 1, syllable) : 0;
    if (stress > 0 && within === 2) stressed.push(frame);
    const shape = -3 * Math.abs(within - 2);
    return { speech: 1, level: -32 + gainDb + stress + shape };
  });
  return { voice, stressed };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
