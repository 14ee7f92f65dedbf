/**
 * @file AudioEncoder: one 40 ms step of the causal encoder network on onnxruntime.
 *
 * All memory of the network is in named state tensors that go in and come out of every step (halos of convolutions, keys
 * and values of attention), so a step costs the same after ten hours as after one second.
 */

import { TalkingPortraitError } from '../errors';
import { type InferenceSession, type OnnxRuntime, type OnnxTensor, runSession } from '../weights/onnx-session';
import { MEL_BANDS } from './log-mel';

/** Mel frames of a step: 40 ms. */
export const MEL_FRAMES_PER_STEP = 4;

/** `config` in the metadata of audio-encoder.safetensors. */
export type AudioEncoderConfig = {
  embeddingSize: number;
  /** Tensor NAME goes in and NAME_out comes out; zeros at the start. */
  states: { name: string; shape: number[] }[];
  /** Largest delay, in frames of 40 ms. */
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
    // Said below.
  }
  throw new TalkingPortraitError(
    'weights-corrupt',
    'The audio encoder has no valid configuration.',
    'Deploy model files and library of one version.',
  );
}

/** What one step says. */
export type EncoderOutput = {
  /** f32[embeddingSize]. */
  embedding: Float32Array;
  /** Probability of speech, 0 ... 1. */
  speech: number;
  /** f32[6]; see AudioEmbedding. */
  articulation: Float32Array;
};

/** The network and its state. Steps must not overlap. */
export class AudioEncoder {
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;
  readonly #config: AudioEncoderConfig;
  /** The newest mel frames; written in place, its tensor is made once. */
  readonly #mel = new Float32Array(MEL_FRAMES_PER_STEP * MEL_BANDS);
  readonly #feeds: Record<string, OnnxTensor> = {};
  /** Changes at a reset: a step that began before it must not bring its state back. */
  #epoch = 0;

  /**
   * @param delayFrames frames of look-ahead, 0 ... config.lookaheadFrames: step t speaks about frame t - delay
   * @throws TalkingPortraitError `invalid-option`
   */
  constructor(runtime: OnnxRuntime, session: InferenceSession, config: AudioEncoderConfig, delayFrames: number) {
    if (!Number.isInteger(delayFrames) || delayFrames < 0 || delayFrames > config.lookaheadFrames) {
      throw new TalkingPortraitError(
        'invalid-option',
        'The look-ahead is not one that the audio encoder knows.',
        `Use 0 to ${config.lookaheadFrames} frames.`,
        delayFrames,
      );
    }
    this.#runtime = runtime;
    this.#session = session;
    this.#config = config;
    const delays = config.lookaheadFrames + 1;
    const delay = Float32Array.from({ length: delays }, (_, frames) => (frames === delayFrames ? 1 : 0));
    this.#feeds['mel'] = new runtime.Tensor('float32', this.#mel, [1, MEL_FRAMES_PER_STEP, MEL_BANDS]);
    this.#feeds['delay'] = new runtime.Tensor('float32', delay, [1, delays]);
    this.reset();
  }

  /** Back to the state of silence before the first sample. */
  reset(): void {
    this.#epoch++;
    for (const { name, shape } of this.#config.states) {
      const zeros = new Float32Array(shape.reduce((product, size) => product * size, 1));
      this.#feeds[name] = new this.#runtime.Tensor('float32', zeros, shape);
    }
  }

  /**
   * Runs one step.
   *
   * @param mel f32[4 x 80], the newest four frames; copied before the call returns
   */
  async step(mel: Float32Array): Promise<EncoderOutput> {
    this.#mel.set(mel);
    const epoch = this.#epoch;
    const results = await runSession(this.#session, { ...this.#feeds }); // reset() may come before its turn
    if (epoch === this.#epoch) {
      for (const { name } of this.#config.states) this.#feeds[name] = results[`${name}_out`]!;
    }
    const output = (name: string): Float32Array => results[name]!.data as Float32Array;
    return { embedding: output('embedding'), speech: output('speech')[0]!, articulation: output('articulation') };
  }
}
