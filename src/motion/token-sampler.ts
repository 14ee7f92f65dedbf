/**
 * @file Sampling of the motion tokens: seed, temperature and top-k, for the WGSL depth head and the ONNX graph alike.
 *
 * A token is the argmax of logit + temperature * Gumbel noise over the topK largest logits (Gumbel-max sampling). The noise
 * depends only on seed, frame, level and code (src/core/rng.ts), so a run can be repeated and both backends draw the same tokens.
 */

import type { MotionControls } from '../options/controls';
import { gumbel } from '../core/rng';
import { TalkingPortraitError } from '../errors';
import type { MotionConfig } from './motion-weights';

export type SamplerOptions = {
  /** Integer, of which the low 32 bits are used. */
  seed: number;
  /** At least 0; 0 takes the most probable token. @defaultValue the model's */
  temperature?: number;
  /** 1 ... codebookSize. @defaultValue the model's */
  topK?: number;
};

/** Checked options without gaps. */
export type Sampler = { seed: number; temperature: number; topK: number };

/** @throws TalkingPortraitError 'invalid-option' */
export function resolveSampler(options: SamplerOptions, config: MotionConfig): Sampler {
  const { seed, temperature = config.temperature, topK = Math.min(config.topK, config.codebookSize) } = options;
  if (!Number.isInteger(seed)) {
    throw new TalkingPortraitError('invalid-option', 'The seed is not an integer.', 'Use a whole number.', seed);
  }
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    throw new TalkingPortraitError('invalid-option', 'The temperature is out of range.', 'Use 0 or more.', temperature);
  }
  if (!Number.isInteger(topK) || topK < 1 || topK > config.codebookSize) {
    throw new TalkingPortraitError('invalid-option', 'topK is out of range.', `Use 1 to ${config.codebookSize}.`, topK);
  }
  return { seed: seed >>> 0, temperature, topK };
}

/** The sampling options that the controls specify. Their temperature is relative to the model's. */
export function samplerOf(
  { temperature, topK }: Pick<MotionControls, 'temperature' | 'topK'>,
  config: MotionConfig,
): Omit<SamplerOptions, 'seed'> {
  return {
    temperature: temperature * config.temperature,
    topK: Math.min(topK === 'auto' ? config.topK : topK, config.codebookSize),
  };
}

/**
 * Fills in the noise of one frame for the ONNX graph: temperature * Gumbel.
 *
 * @param noise f32[levels x codes], overwritten
 */
export function fillNoise(noise: Float32Array, { seed, temperature }: Sampler, frame: number, codes: number): void {
  if (temperature === 0) {
    noise.fill(0);
    return;
  }
  for (let index = 0; index < noise.length; index++) {
    noise[index] = temperature * gumbel(seed, frame, Math.floor(index / codes), index % codes);
  }
}
