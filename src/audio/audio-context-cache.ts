/**
 * @file AudioContextCache, the temporal audio context cache: the streaming audio encoder with its state of a stream.
 *
 * SoulX-FlashHead (arXiv 2602.07449) keeps 8 s of PCM and encodes all of it again for every chunk; see
 * window-audio-context.ts. Here the context is the state after the previous step: the halo of the mel window and the
 * state tensors of the encoder. So nothing is computed twice, a step costs the same however long the stream is, and the
 * result does not depend on how the PCM was cut into chunks.
 */

import type { ModelLoader } from '../weights/model-loader';
import {
  createOnnxSession,
  type InferenceSession,
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxRuntimeOptions,
} from '../weights/onnx-session';
import { parseSafetensors } from '../weights/safetensors';
import { AudioEmbedder } from './audio-embedder';
import { AudioEncoder, type AudioEncoderConfig, MEL_FRAMES_PER_STEP, parseAudioEncoderConfig } from './audio-encoder';
import { FloatQueue } from './float-queue';
import type { FrameEncoder, FrameEncoding } from './frame-encoder';
import { LogMel, MEL_BANDS } from './log-mel';

const MODEL_NAME = 'audio-encoder';
const STEP_MELS = MEL_FRAMES_PER_STEP * MEL_BANDS;

/** Encodes one stream step by step. */
class AudioContextCache implements FrameEncoder {
  readonly #encoder: AudioEncoder;
  readonly #logMel = new LogMel();
  /** Mel frames that wait for their step. */
  readonly #mels = new FloatQueue();
  /** Steps whose result would belong to a frame before the first one. */
  #stepsBeforeStart: number;

  /** @param lookaheadFrames of the encoder: its step t describes frame t - lookaheadFrames */
  constructor(encoder: AudioEncoder, lookaheadFrames: number) {
    this.#encoder = encoder;
    this.#stepsBeforeStart = lookaheadFrames;
  }

  push(samples: Float32Array): void {
    this.#mels.push(this.#logMel.push(samples));
  }

  async next(): Promise<FrameEncoding | null> {
    while (this.#mels.length >= STEP_MELS) {
      const encoding = await this.#encoder.step(this.#mels.shift(STEP_MELS));
      if (this.#stepsBeforeStart === 0) return encoding;
      this.#stepsBeforeStart--;
    }
    return null;
  }
}

/**
 * An AudioEmbedder with the streaming encoder.
 *
 * @param lookaheadFrames frames of 40 ms that an embedding waits for: 0, 1 or 2
 * @throws TalkingPortraitError `invalid-option` for a look-ahead that the encoder was not trained for
 */
export function createStreamingEmbedder(
  runtime: OnnxRuntime,
  session: InferenceSession,
  config: AudioEncoderConfig,
  lookaheadFrames: number,
): AudioEmbedder {
  return new AudioEmbedder(
    () => new AudioContextCache(new AudioEncoder(runtime, session, config, lookaheadFrames), lookaheadFrames),
    lookaheadFrames,
  );
}

/** Loads the audio encoder that ships with the library. @throws TalkingPortraitError as ModelLoader.load */
export async function loadStreamingEmbedder(
  loader: ModelLoader,
  lookaheadFrames: number,
  runtimeOptions: OnnxRuntimeOptions = {},
): Promise<AudioEmbedder> {
  const [session, weights, runtime] = await Promise.all([
    createOnnxSession(loader, MODEL_NAME, runtimeOptions),
    loader.load(`${MODEL_NAME}.safetensors`),
    loadOnnxRuntime(runtimeOptions),
  ]);
  const config = parseAudioEncoderConfig(parseSafetensors(weights).metadata['config']);
  return createStreamingEmbedder(runtime, session, config, lookaheadFrames);
}
