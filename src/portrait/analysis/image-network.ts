/** @file A network from models/ whose input is one square picture. */

import type { ModelLoader } from '../../weights/model-loader';
import {
  createOnnxSession,
  type InferenceSession,
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxSessionOptions,
  releaseSession,
  runSession,
} from '../../weights/onnx-session';

export class ImageNetwork {
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;
  /** Side of the input, px. */
  readonly inputSize: number;

  private constructor(runtime: OnnxRuntime, session: InferenceSession, inputSize: number) {
    this.#runtime = runtime;
    this.#session = session;
    this.inputSize = inputSize;
  }

  /**
   * @param name of the model, without extension
   * @param inputSize side in px; the input `image` is f32[1, 3, inputSize, inputSize], RGB 0 ... 1
   * @throws TalkingPortraitError any of the loader or the runtime
   */
  static async load(
    loader: ModelLoader,
    name: string,
    inputSize: number,
    options: OnnxSessionOptions,
  ): Promise<ImageNetwork> {
    const session = await createOnnxSession(loader, name, options);
    return new ImageNetwork(await loadOnnxRuntime(options), session, inputSize);
  }

  /** Runs once on black. The first run allocates memory and takes several times as long as later ones. */
  async warmUp(): Promise<void> {
    await this.run(new Float32Array(3 * this.inputSize * this.inputSize));
  }

  /** Runs the network. @param planes f32[3 x inputSize x inputSize] @returns the outputs by name */
  async run(planes: Float32Array): Promise<Record<string, Float32Array>> {
    const feeds = { image: new this.#runtime.Tensor('float32', planes, [1, 3, this.inputSize, this.inputSize]) };
    const results = await runSession(this.#session, feeds);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]));
  }

  async close(): Promise<void> {
    await releaseSession(this.#session);
  }
}
