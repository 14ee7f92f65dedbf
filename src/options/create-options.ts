/** @file Options of the public API, their defaults and their checks. */
import type { AudioEncoderOptions, ResolvedAudioEncoder } from './audio-encoder';
import { type MotionControls, resolveControls } from './controls';
import { checkedUrl, checkFunction, refuse } from '../core/check-arguments';
import { LOG_LEVELS, type LogLevel, type LogSink } from '../core/logger';
import type { ModelFiles } from '../core/model-files';
import type { Progress } from '../core/progress';
import { FRAME_MS } from '../core/time';
import type { EventListeners } from '../events';
import type { OutputOptions, ResolvedOutput } from './output';
import type { Source } from './source';

/** Where the motion transformer runs. On a GPU `auto` measures both at the start and keeps the faster one; elsewhere it is WASM. */
export type Backend = 'auto' | 'wgsl' | 'wasm';

/**
 * What draws the pictures: WebGPU, or the CPU, which every browser has. `auto` takes WebGPU on a GPU, and the CPU without one or where
 * WebGPU has only a software adapter.
 */
export type Renderer = 'auto' | 'webgpu' | 'cpu';

/** Options of `TalkingPortrait.create`. */
export type CreateOptions = {
  /** The canvas on which the pictures are shown. Nothing else may draw on it; it can be used again after `close`. Of several portraits the newest is shown. */
  canvas: HTMLCanvasElement;
  /**
   * A photo or drawing with one face (JPEG, PNG, WebP or AVIF), or a file of `savePortrait`, which needs no analysis. Can be set
   * later with `setPortrait`.
   */
  portrait?: Source;
  /**
   * Folder of the model files, with `manifest.json` in it. A relative URL is relative to the page.
   * @defaultValue `models/` of the package, which bundlers copy
   */
  modelBaseUrl?: string | URL;
  /** What draws the pictures. @defaultValue 'auto' */
  renderer?: Renderer;
  /** Where the motion transformer runs. @defaultValue 'auto' */
  backend?: Backend;
  /** Seed of the motion's sampling, an integer. @defaultValue 1 */
  seed?: number;
  /** How the portrait moves. `setControls` changes it at any time. */
  controls?: Partial<MotionControls>;
  /** Look-ahead of the audio encoder: less delays the picture less, more makes the lips more accurate. @defaultValue 80 */
  lookaheadMs?: 0 | 40 | 80;
  /** An audio encoder to use instead of the library's own, which is then not loaded. */
  audioEncoder?: AudioEncoderOptions;
  /** Width and height of a square picture in pixels, 64 ... 2048; `output` overrides it. @defaultValue 512 */
  size?: number;
  /** Size, background, crop and mirroring of the picture. `setOutput` changes it at any time. */
  output?: OutputOptions;
  /** Where `animator.worker.js` is, if it has been moved. */
  workerUrl?: string | URL;
  /** Where `audio.worklet.js` is, if it has been moved. */
  workletUrl?: string | URL;
  /** Aborts the set-up. */
  signal?: AbortSignal;
  /** Listeners of events, from the start: `on` comes too late for what happens during the set-up. */
  events?: EventListeners;
  /** Progress of the set-up. */
  onProgress?: (progress: Progress) => void;
  /**
   * Receives the log, entry by entry, on the main thread. Without it nothing is logged.
   *
   * ```ts
   * logger: ({ level, source, message, fields }) => console[level](`${source}: ${message}`, fields),
   * ```
   */
  logger?: LogSink;
  /** The lowest level that `logger` receives. @defaultValue 'info' */
  logLevel?: LogLevel;
};

/** The options after their check, as they are sent to the worker. */
export type AnimatorOptions = {
  models: ModelFiles;
  /** Address of onnxruntime's WASM. */
  wasmUrl: string;
  renderer: Renderer;
  backend: Backend;
  seed: number;
  controls: Readonly<MotionControls>;
  lookaheadFrames: 0 | 1 | 2;
  output: ResolvedOutput;
  /** The user's audio encoder. Default: the library's own. */
  audioEncoder?: ResolvedAudioEncoder | undefined;
  /** The lowest level that leaves the worker. */
  logLevel: LogLevel;
};

/**
 * Checks `options` and fills in the defaults, except for `output` and `audioEncoder`, which may need to be fetched.
 *
 * @throws TalkingPortraitError `invalid-option`
 */
export function resolveOptions(
  options: Omit<CreateOptions, 'canvas' | 'output' | 'size' | 'audioEncoder'>,
  defaultModels: () => ModelFiles,
): Omit<AnimatorOptions, 'output' | 'audioEncoder' | 'wasmUrl'> {
  const { renderer = 'auto', backend = 'auto', seed = 1, lookaheadMs = 80 } = options;
  if (!['auto', 'webgpu', 'cpu'].includes(renderer)) {
    refuse('Unknown renderer.', 'Use "auto", "webgpu" or "cpu".', renderer);
  }
  if (!['auto', 'wgsl', 'wasm'].includes(backend)) {
    refuse('Unknown backend.', 'Use "auto", "wgsl" or "wasm".', backend);
  }
  if (!Number.isInteger(seed)) {
    refuse('The seed is not an integer.', 'Give a whole number.', seed);
  }
  if (![0, 40, 80].includes(lookaheadMs)) {
    refuse('Unknown look-ahead.', 'Use 0, 40 or 80 ms.', lookaheadMs);
  }
  const { logger, logLevel = 'info', onProgress } = options;
  if (logger !== undefined) checkFunction(logger, 'The logger');
  if (onProgress !== undefined) checkFunction(onProgress, 'onProgress');
  if (!LOG_LEVELS.includes(logLevel)) {
    refuse('Unknown log level.', `Use one of ${LOG_LEVELS.join(', ')}.`, logLevel);
  }
  const { modelBaseUrl } = options;
  return {
    models:
      modelBaseUrl === undefined
        ? defaultModels()
        : { baseUrl: checkedUrl(modelBaseUrl, globalThis.location?.href, 'modelBaseUrl').href },
    renderer,
    backend,
    seed: seed >>> 0,
    controls: resolveControls(options.controls ?? {}),
    lookaheadFrames: (lookaheadMs / FRAME_MS) as 0 | 1 | 2,
    logLevel: logger ? logLevel : 'silent',
  };
}
