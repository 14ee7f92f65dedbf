/**
 * @file PortraitLoader: creates a portrait bundle from a file, which is either a picture to analyse or a saved
 * portrait.
 */
import { checkAborted } from '../core/aborted';
import { FaceAnalyser } from '../portrait/analysis/face-analysis';
import { fitFace, prepareFit } from '../portrait/fit/face-fit';
import { preparePortrait } from '../portrait/prepare/prepare-portrait';
import type { PortraitBundle } from '../portrait-bundle/portrait-bundle';
import { isPortraitFile, unpackPortrait } from '../portrait-bundle/portrait-package';
import type { FaceModel } from '../weights/face-model';
import type { ModelLoader } from '../weights/model-loader';

export type PortraitLoaderHooks = {
  /** 0 ... 1, while a picture is analysed. */
  onProgress?: ((fraction: number) => void) | undefined;
  /** Something in the picture that may degrade the result; a sentence for people. */
  onWarning?: ((text: string) => void) | undefined;
};

/** Shares of the progress: the networks, then the fit of the face model. */
const [ANALYSED, FITTED] = [0.6, 0.8];

/** Owns the networks of the analysis, which are loaded on first use. */
export class PortraitLoader {
  #analyser: Promise<FaceAnalyser> | undefined;
  /** Whether a portrait has been requested. */
  #isUsed = false;
  readonly #closed = new AbortController();
  readonly #loader: ModelLoader;
  readonly #faceModel: FaceModel;
  readonly #hooks: PortraitLoaderHooks;

  constructor(loader: ModelLoader, faceModel: FaceModel, hooks: PortraitLoaderHooks) {
    this.#loader = loader;
    this.#faceModel = faceModel;
    this.#hooks = hooks;
  }

  /** Loads the networks and runs them once, so that the first picture takes no longer than the others. */
  async prepare(): Promise<void> {
    const analyser = await this.#loadAnalyser();
    if (this.#isUsed) return; // A waiting picture warms up the networks itself; a saved portrait needs none.
    prepareFit(this.#faceModel);
    await analyser.warmUp();
  }

  /**
   * @param file a picture or a saved portrait
   * @param colorSpace of the decoded picture
   * @param signal aborts it
   * @throws TalkingPortraitError `no-face`, `image-corrupt`, `image-too-small`, `portrait-corrupt`, `aborted`
   */
  async load(file: Blob, colorSpace: PredefinedColorSpace, signal?: AbortSignal): Promise<PortraitBundle> {
    this.#isUsed = true;
    const ended = signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
    const bundle = (await isPortraitFile(file))
      ? await unpackPortrait(file, this.#faceModel)
      : await this.#analyse(file, colorSpace, ended);
    checkAborted(ended);
    return bundle;
  }

  /** Frees the networks; a running analysis ends with `aborted`. */
  close(): void {
    this.#closed.abort();
    void this.#analyser?.then((analyser) => analyser.close()).catch(() => {});
  }

  async #analyse(image: Blob, colorSpace: PredefinedColorSpace, signal: AbortSignal): Promise<PortraitBundle> {
    const { onProgress, onWarning } = this.#hooks;
    const analyser = await this.#loadAnalyser();
    const analysis = await analyser.analyse(image, {
      colorSpace,
      signal,
      onProgress: (fraction) => onProgress?.(fraction * ANALYSED),
    });
    for (const warning of analysis.warnings) onWarning?.(warning);
    const fit = fitFace(this.#faceModel, analysis.landmarks);
    onProgress?.(FITTED);
    return preparePortrait(this.#faceModel, analysis, fit);
  }

  #loadAnalyser(): Promise<FaceAnalyser> {
    this.#analyser ??= FaceAnalyser.create(this.#loader).catch((error: unknown) => {
      this.#analyser = undefined; // The next picture tries again.
      throw error;
    });
    return this.#analyser;
  }
}
