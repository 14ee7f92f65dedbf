/**
 * @file WasmMotion: the motion model on onnxruntime-web's WASM, for machines with a software graphics adapter.
 *
 * models/motion.onnx computes one frame, with the state as inputs and outputs. It reads the weights of the WGSL kernels
 * (motion.safetensors), and its sampling noise comes from the same counter-based random numbers, so both backends choose the
 * same tokens. The graph shifts the caches, so their order is that of age, and they are fed back unchanged.
 */

import { MOTION, MOTION_LATENT_SIZE, type MotionLatent } from '../core/motion-latent';
import { TalkingPortraitError } from '../errors';
import {
  type InferenceSession,
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxTensor,
  releaseSession,
  runSession,
} from '../weights/onnx-session';
import type { MotionConfig } from './motion-weights';
import { fillNoise, resolveSampler, type Sampler, type SamplerOptions } from './token-sampler';

/** Result of a step; both arrays belong to the caller. */
type DecodedFrame = { latent: MotionLatent; tokens: Int32Array };

type State = { keys: OnnxTensor; values: OnnxTensor; smooth: OnnxTensor; tokens: OnnxTensor; history: number };

/** The motion model on WASM, one frame at a time. */
export class WasmMotion {
  readonly #noise: Float32Array;
  #state: State;
  readonly #ort: OnnxRuntime;
  readonly #session: InferenceSession;
  readonly config: MotionConfig;
  #sampler: Sampler;

  private constructor(ort: OnnxRuntime, session: InferenceSession, config: MotionConfig, sampler: Sampler) {
    this.#ort = ort;
    this.#session = session;
    this.config = config;
    this.#sampler = sampler;
    this.#noise = new Float32Array(config.levels * config.codebookSize);
    this.#state = this.#initialState();
  }

  /**
   * @param session of motion.onnx
   * @throws TalkingPortraitError 'invalid-option'
   */
  static async create(session: InferenceSession, config: MotionConfig, options: SamplerOptions): Promise<WasmMotion> {
    return new WasmMotion(await loadOnnxRuntime(), session, config, resolveSampler(options, config));
  }

  /** New sampling from the next frame on. @throws TalkingPortraitError 'invalid-option' */
  setSampler(options: Partial<SamplerOptions>): void {
    this.#sampler = resolveSampler({ ...this.#sampler, ...options }, this.config);
  }

  /**
   * Computes one frame. Await it before the next step, which needs its state.
   *
   * @param frame index of the video frame, which also indexes the random numbers
   * @param embedding f32[embeddingSize]
   */
  async step(frame: number, embedding: Float32Array): Promise<DecodedFrame> {
    const { Tensor } = this.#ort;
    const { levels, codebookSize, embeddingSize, window } = this.config;
    if (embedding.length !== embeddingSize) {
      throw new TalkingPortraitError(
        'invalid-option',
        'The audio embedding has the wrong length.',
        'Use audio encoder and motion model of the same version.',
        embedding.length,
      );
    }
    fillNoise(this.#noise, this.#sampler, frame, codebookSize);
    const { keys, values, smooth, tokens, history } = this.#state;
    const out = await runSession(this.#session, {
      embedding: new Tensor('float32', embedding, [1, embeddingSize]),
      previous_tokens: tokens,
      first: new Tensor('float32', [history === 0 ? 1 : 0], [1]),
      noise: new Tensor('float32', this.#noise, [levels, codebookSize]),
      top_k: new Tensor('int64', [BigInt(this.#sampler.topK)], [1]),
      keys,
      values,
      valid: new Tensor('float32', [history], [1]),
      smooth,
    });
    this.#state = {
      keys: out['keys_out']!,
      values: out['values_out']!,
      smooth: out['smooth_out']!,
      tokens: out['tokens']!,
      history: Math.min(history + 1, window - 1),
    };
    return { latent: out['latent']!.data as Float32Array, tokens: out['tokens']!.data as Int32Array };
  }

  /** Clears history and smoothing: the next frame is treated as the first. */
  reset(): void {
    this.#state = this.#initialState();
  }

  async release(): Promise<void> {
    await releaseSession(this.#session);
  }

  #initialState(): State {
    const { Tensor } = this.#ort;
    const { layers, window, d, levels } = this.config;
    const zeros = (...shape: number[]): OnnxTensor =>
      new Tensor('float32', new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);
    const smooth = zeros(MOTION_LATENT_SIZE);
    (smooth.data as Float32Array)[MOTION.scale] = 1;
    return {
      keys: zeros(layers, window, d),
      values: zeros(layers, window, d),
      smooth,
      tokens: new Tensor('int32', new Int32Array(levels), [levels]),
      history: 0,
    };
  }
}
