/**
 * @file AudioEncoder: one 40 ms step of the causal encoder network on onnxruntime.
 *
 * The network keeps its memory in named state tensors, which are inputs and outputs of every step (halos of convolutions,
 * keys and values of attention). Their size is fixed, so a step costs the same after ten hours as after one second.
 */

import { TalkingPortraitError } from '../errors';
import { type InferenceSession, type OnnxRuntime, type OnnxTensor, runSession } from '../weights/onnx-session';
import type { FrameEncoding } from './frame-encoder';
import { MEL_BANDS } from './log-mel';

/** Mel frames per step: 40 ms. */
export const MEL_FRAMES_PER_STEP = 4;

/** `config` in the metadata of audio-encoder.safetensors. */
export type AudioEncoderConfig = {
  embeddingSize: number;
  /** Tensor NAME is an input, NAME_out the output that replaces it; zeros at the start of a stream. */
  states: { name: string; shape: number[] }[];
  /** Largest look-ahead, in frames of 40 ms. */
  lookaheadFrames: number;
};

/** Parses the configuration. @throws TalkingPortraitError `weights-corrupt` */
export function parseAudioEncoderConfig(json: string | undefined): AudioEncoderConfig {
  try {
    const { embeddingSize, states, lookaheadFrames } = JSON.parse(json ?? '') as AudioEncoderConfig;
    const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
    const good = states.every(({ name, shape }) => typeof name === 'string' && shape.every(isSize));
    if (good && isSize(embeddingSize) && isSize(lookaheadFrames)) return { embeddingSize, states, lookaheadFrames };
  } catch {
    // Reported below.
  }
  throw new TalkingPortraitError(
    'weights-corrupt',
    'The audio encoder has no valid configuration.',
    'Deploy model files and library of the same version.',
  );
}

/** The network with the state of one stream. Steps must not overlap; another stream needs another AudioEncoder. */
export class AudioEncoder {
  readonly #session: InferenceSession;
  readonly #config: AudioEncoderConfig;
  /** The newest mel frames; the input tensor views this array. */
  readonly #mel = new Float32Array(MEL_FRAMES_PER_STEP * MEL_BANDS);
  readonly #feeds: Record<string, OnnxTensor> = {};

  /**
   * @param lookaheadFrames 0 ... config.lookaheadFrames: step t describes frame t - lookaheadFrames
   * @throws TalkingPortraitError `invalid-option`
   */
  constructor(runtime: OnnxRuntime, session: InferenceSession, config: AudioEncoderConfig, lookaheadFrames: number) {
    if (!Number.isInteger(lookaheadFrames) || lookaheadFrames < 0 || lookaheadFrames > config.lookaheadFrames) {
      throw new TalkingPortraitError(
        'invalid-option',
        'The audio encoder does not support this look-ahead.',
        `Use 0 to ${config.lookaheadFrames} frames.`,
        lookaheadFrames,
      );
    }
    this.#session = session;
    this.#config = config;
    const delays = config.lookaheadFrames + 1;
    const delay = Float32Array.from({ length: delays }, (_, frames) => (frames === lookaheadFrames ? 1 : 0));
    this.#feeds['mel'] = new runtime.Tensor('float32', this.#mel, [1, MEL_FRAMES_PER_STEP, MEL_BANDS]);
    this.#feeds['delay'] = new runtime.Tensor('float32', delay, [1, delays]);
    for (const { name, shape } of config.states) {
      const zeros = new Float32Array(shape.reduce((product, size) => product * size, 1));
      this.#feeds[name] = new runtime.Tensor('float32', zeros, shape);
    }
  }

  /**
   * Runs one step.
   *
   * @param mel f32[4 x 80], the newest four frames; copied before the call returns
   */
  async step(mel: Float32Array): Promise<FrameEncoding & { speech: number; articulation: Float32Array }> {
    this.#mel.set(mel);
    const results = await runSession(this.#session, this.#feeds);
    for (const { name } of this.#config.states) this.#feeds[name] = results[`${name}_out`]!;
    const output = (name: string): Float32Array => results[name]!.data as Float32Array;
    return { values: output('embedding'), speech: output('speech')[0]!, articulation: output('articulation') };
  }
}
