/** @file `renderVideo`: a portrait and a voice in, a video file out. A worker of its own does the work. */
import { proxy } from 'comlink';

import { type AudioEncoderOptions, resolveAudioEncoder } from '../options/audio-encoder';
import type { MotionControls } from '../options/controls';
import type { LogLevel, LogSink } from '../core/logger';
import { TalkingPortraitError } from '../errors';
import { channelsOf, isAudioBuffer } from '../page/audio-buffer';
import { fetchSource } from '../page/fetch-source';
import type { Progress } from '../core/progress';
import { type Backend, type Renderer, resolveOptions } from '../options/create-options';
import type { Source } from '../options/source';
import { initialOutput, type OutputOptions, type ResolvedOutput } from '../options/output';
import { wrapCalls } from '../protocol';
import { defaultModels, wasmUrl } from '../page/runtime-files';
import { startWorker, wasmUrlBeside } from '../page/start-worker';
import type { RecorderApi, RecorderEvent, RenderedVideo } from './recorder-protocol';
import { recorderWorkerUrl } from './recorder-worker-url';
import type { Container } from './video-writer';

/** Options of `renderVideo`. */
export type RenderVideoOptions = {
  /** A photo or drawing with one face (JPEG, PNG, WebP, AVIF), or a saved portrait. */
  portrait: Source;
  /** The voice, which also becomes the sound track: WAV, FLAC, MP3, Ogg or another format that the browser decodes. */
  audio: Source | AudioBuffer;
  /** @defaultValue 'mp4' */
  container?: Container;
  /** Width and height of a square picture in pixels, 64 ... 2048; `output` overrides it. @defaultValue 512 */
  size?: number;
  /** Size (odd ones become even), background, crop and mirroring of the picture. Transparency needs a WebM file. */
  output?: OutputOptions;
  /**
   * Whether the files say that a machine made them: the digital source type of IPTC as XMP (MP4, PNG) or as a tag (WebM). The EU's AI
   * Act, article 50, asks for such a mark.
   * @defaultValue true
   */
  markAsSynthetic?: boolean;
  /** Frames a second, 1 ... 120. @defaultValue 25 */
  fps?: number;
  /** Seed of the motion's sampling: the same seed gives the same frames. @defaultValue 1 */
  seed?: number;
  /** How the portrait moves. */
  controls?: Partial<MotionControls>;
  /** An audio encoder to use instead of the library's own. */
  audioEncoder?: AudioEncoderOptions;
  /** What draws the pictures. @defaultValue 'auto' */
  renderer?: Renderer;
  /** Where the motion transformer runs. @defaultValue 'auto' */
  backend?: Backend;
  /** Folder of the model files. @defaultValue `models/` of the package, which bundlers copy */
  modelBaseUrl?: string | URL;
  /** Where `recorder.worker.js` is, if it has been moved. */
  workerUrl?: string | URL;
  /** Aborts the rendering. */
  signal?: AbortSignal;
  /** Progress of the loading, the analysis and the rendering. */
  onProgress?: (progress: Progress) => void;
  /** Something worth telling the user, such as several faces in the photo. */
  onWarning?: (text: string) => void;
  /** Gets every picture as a PNG; rendering waits until it has returned. */
  onFrame?: (frame: { index: number; png: Blob }) => void | Promise<void>;
  /** Receives the log, entry by entry. Without it nothing is logged. */
  logger?: LogSink;
  /** The lowest level that `logger` receives. @defaultValue 'info' */
  logLevel?: LogLevel;
};

/**
 * Renders a video of `portrait` speaking `audio`, as fast as the machine allows.
 *
 * The picture at n / 25 seconds shows the motion of audio frame n, and the sound starts at 0, so both are in sync, without the
 * latency of live use. The whole file is held in memory.
 *
 * @throws TalkingPortraitError `unsupported`, `invalid-option`, `weights-missing`, `weights-corrupt`, `no-face`,
 *   `image-corrupt`, `image-too-small`, `audio-corrupt`, `encoder-missing`, `device-lost`, `worker-failed`, `blocked`, `runtime-missing`, `aborted`
 */
export async function renderVideo(options: RenderVideoOptions): Promise<RenderedVideo> {
  const { portrait, audio, container = 'mp4', fps = 25, signal, onFrame, markAsSynthetic = true } = options;
  if (container !== 'mp4' && container !== 'webm') {
    throw new TalkingPortraitError('invalid-option', 'Unknown container.', 'Use "mp4" or "webm".', String(container));
  }
  const { seed, controls, renderer, backend, modelBaseUrl, logger, logLevel } = options;
  const fetchFile = (source: Source): Promise<Blob> => fetchSource(source, signal);
  const output = evenSize(await initialOutput(options, fetchFile));
  const audioEncoder = options.audioEncoder && (await resolveAudioEncoder(options.audioEncoder, fetchFile));
  const resolved = resolveOptions(
    {
      ...(seed !== undefined && { seed }),
      ...(controls !== undefined && { controls }),
      ...(renderer !== undefined && { renderer }),
      ...(backend !== undefined && { backend }),
      ...(modelBaseUrl !== undefined && { modelBaseUrl }),
      ...(logger !== undefined && { logger }),
      ...(logLevel !== undefined && { logLevel }),
    },
    defaultModels,
  );
  const [portraitFile, voice] = await Promise.all([
    fetchFile(portrait),
    isAudioBuffer(audio) ? { channels: channelsOf(audio), sampleRate: audio.sampleRate } : fetchFile(audio),
  ]);
  if (signal?.aborted) throw aborted();

  const worker = await startWorker(options.workerUrl ?? recorderWorkerUrl(), 'talking-portrait recorder', signal);
  const ended = new AbortController();
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) =>
      reject(new TalkingPortraitError('worker-failed', 'The worker died.', 'Render it again.', message || undefined)),
    );
    signal?.addEventListener('abort', () => reject(aborted()), { signal: ended.signal });
  });
  try {
    const recorder = wrapCalls<RecorderApi>(worker);
    const animatorOptions = {
      ...resolved,
      wasmUrl: wasmUrlBeside(options.workerUrl) ?? wasmUrl(),
      output,
      audioEncoder,
    };
    const rendered = recorder.render(
      { options: animatorOptions, portrait: portraitFile, audio: voice, fps, container, isMarked: markAsSynthetic },
      proxy((event: RecorderEvent) => handle(event, options)),
      onFrame && proxy((index: number, png: Blob) => onFrame({ index, png })),
    );
    return await Promise.race([rendered, failed]);
  } finally {
    ended.abort();
    worker.terminate();
  }
}

function handle(event: RecorderEvent, { onProgress, onWarning, logger }: RenderVideoOptions): void {
  switch (event.kind) {
    case 'progress':
      onProgress?.(event.progress);
      break;
    case 'warning':
      onWarning?.(event.text);
      break;
    case 'log':
      logger?.(event.entry);
      break;
  }
}

/** Encoders want even sizes: H.264 refuses odd ones. */
function evenSize(output: ResolvedOutput): ResolvedOutput {
  const { width, height } = output;
  return { ...output, width: width + (width % 2), height: height + (height % 2) };
}

function aborted(): TalkingPortraitError {
  return new TalkingPortraitError('aborted', 'The rendering was aborted.', 'Start it again when it is wanted.');
}
