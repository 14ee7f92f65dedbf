/** @file TalkingPortrait, the consumer's handle on the main thread. The worker behind it does all the work. */
import { transfer } from 'comlink';

import { Emitter } from '../core/emitter';
import { Logger } from '../core/logger';
import type { SilentState } from '../core/portrait-state';
import { SerialQueue } from '../core/serial-queue';
import { TalkingPortraitError } from '../errors';
import type { TalkingPortraitEvents } from '../events';
import { resolveAudioEncoder } from '../options/audio-encoder';
import { type MotionControls, resolveControls } from '../options/controls';
import { type AnimatorOptions, type CreateOptions, resolveOptions } from '../options/create-options';
import { initialOutput, type OutputOptions, type ResolvedOutput, resolveOutput } from '../options/output';
import type { Source } from '../options/source';
import { type AnimatorEvent, errorFromFields } from '../protocol';
import { AnimatorWorker } from './animator-worker';
import { fetchSource } from './fetch-source';
import { defaultModels, wasmUrl } from './runtime-files';
import { startWorker, wasmUrlBeside } from './start-worker';
import { VoiceSource } from './voice-source';
import { animatorWorkerUrl, workletUrl } from './worker-urls';

/**
 * A portrait that speaks on a canvas.
 *
 * ```ts
 * const portrait = await TalkingPortrait.create({ canvas, portrait: 'me.jpg' });
 * await portrait.speak('hello.mp3');   // plays the voice, lips in sync
 * await portrait.listen('microphone'); // or follows a live voice
 * ```
 */
export class TalkingPortrait {
  readonly #events = new Emitter<TalkingPortraitEvents>();
  /** Changes of portrait and output, in the order of the calls. */
  readonly #changes = new SerialQueue();
  readonly #worker: AnimatorWorker;
  readonly #voice: VoiceSource;
  readonly #log: Logger;
  readonly #options: Omit<CreateOptions, 'canvas'>;
  #controls: Readonly<MotionControls>;
  #output: ResolvedOutput;
  #closed = false;

  private constructor(
    worker: Worker,
    options: Omit<CreateOptions, 'canvas'>,
    { controls, output, logLevel }: AnimatorOptions,
  ) {
    this.#options = options;
    this.#controls = controls;
    this.#output = output;
    this.#log = new Logger((entry) => options.logger?.(entry), logLevel, 'page');
    this.#worker = new AnimatorWorker(
      worker,
      (event) => this.#handle(event),
      (error) => this.#events.emit('error', error),
    );
    const { api } = this.#worker;
    this.#voice = new VoiceSource(
      {
        listen: (pcm) => api.listen(transfer(pcm, [pcm])),
        speak: (pcm, heardAtEpochMs) => api.speak(transfer(pcm, [pcm.samples.buffer]), heardAtEpochMs),
        stop: () => api.stop(),
      },
      this.#log,
    );
  }

  /**
   * Loads the models, takes the canvas and shows the portrait in the rest pose.
   *
   * @throws TalkingPortraitError `unsupported`, `invalid-option`, `weights-missing`, `weights-corrupt`, `no-face`,
   *   `image-corrupt`, `image-too-small`, `portrait-corrupt`, `worker-failed`, `runtime-missing`, `blocked`, `aborted`
   */
  static async create({ canvas, ...options }: CreateOptions): Promise<TalkingPortrait> {
    const { signal } = options;
    const fetchFile = (source: Source): Promise<Blob> => fetchSource(source, signal);
    const output = await initialOutput(options, fetchFile);
    const audioEncoder = options.audioEncoder && (await resolveAudioEncoder(options.audioEncoder, fetchFile));
    const resolved = {
      ...resolveOptions(options, defaultModels),
      wasmUrl: wasmUrlBeside(options.workerUrl) ?? wasmUrl(),
      output,
      audioEncoder,
    };
    if (signal?.aborted) throw aborted();
    const worker = await startWorker(options.workerUrl ?? animatorWorkerUrl(), 'talking-portrait animator', signal);
    const portrait = new TalkingPortrait(worker, options, resolved);
    try {
      await untilAborted(portrait.#setUp(canvas, resolved), signal);
    } catch (error) {
      portrait.#worker.terminate();
      throw error;
    }
    queueMicrotask(() => portrait.#events.emit('ready', undefined));
    return portrait;
  }

  /** Calls `listener` at every `name` event, until the returned function is called. */
  on<Name extends keyof TalkingPortraitEvents>(
    name: Name,
    listener: (payload: TalkingPortraitEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Shows another portrait: a picture, or a file of `savePortrait`, which needs no analysis. The voice goes on.
   *
   * @returns when the new portrait is shown
   *
   * @throws TalkingPortraitError `no-face`, `image-corrupt`, `image-too-small`, `portrait-corrupt`
   */
  async setPortrait(source: Source): Promise<void> {
    this.#assertOpen();
    const file = fetchSource(source, this.#options.signal);
    file.catch(() => {}); // It may fail before its turn comes.
    await this.#changes.run(async () => this.#worker.api.setPortrait(await file));
  }

  /**
   * The analysed portrait as a file of a few megabytes (`.portrait`, application/x-talking-portrait): the photo and everything
   * that the analysis found. `setPortrait` and `create` accept it instead of a picture.
   *
   * @throws TalkingPortraitError `no-portrait`
   */
  async savePortrait(): Promise<Blob> {
    this.#assertOpen();
    return this.#worker.api.savePortrait();
  }

  /**
   * Changes size, background, crop, mirroring or colour space; options that are not given keep their values. The voice
   * continues.
   *
   * ```ts
   * await portrait.setOutput({ background: 'transparent', crop: 'bust', mirror: true });
   * ```
   *
   * @returns when the new picture is shown
   * @throws TalkingPortraitError `invalid-option`, `image-corrupt`, `unsupported`; then everything stays as it was
   */
  async setOutput(changes: OutputOptions): Promise<void> {
    this.#assertOpen();
    await this.#changes.run(async () => {
      const output = await resolveOutput(changes, this.#output, (source) => fetchSource(source));
      await this.#worker.api.setOutput(output);
      this.#output = output;
    });
  }

  /**
   * Follows a live voice. To be called from a user gesture.
   *
   * @returns when it is being followed, or when another voice has taken its place
   * @throws TalkingPortraitError `microphone-denied`, `microphone-missing`, `unsupported`
   */
  async listen(source: MediaStream | 'microphone'): Promise<void> {
    this.#assertOpen();
    const stream = source === 'microphone' ? undefined : source;
    await this.#voice.listen(stream, this.#options.workletUrl ?? workletUrl(), () => void this.#microphoneEnded());
  }

  /**
   * Plays a voice and speaks it in sync. To be called from a user gesture.
   *
   * @returns when the voice has ended or was stopped
   * @throws TalkingPortraitError `audio-corrupt`, `audio-not-finite`, `sample-rate`
   */
  async speak(source: AudioBuffer | Source): Promise<void> {
    this.#assertOpen();
    await this.#voice.speak(source);
  }

  /** The current motion controls. */
  get controls(): Readonly<MotionControls> {
    return this.#controls;
  }

  /**
   * Changes how the portrait moves, from the next frame on; controls that are not given keep their values.
   *
   * ```ts
   * await portrait.setControls({ mouthAmplitude: 1.3, gaze: { x: 8, y: 0 } });
   * ```
   *
   * @throws TalkingPortraitError `invalid-option`
   */
  async setControls(changes: Partial<MotionControls>): Promise<void> {
    this.#assertOpen();
    this.#controls = resolveControls(changes, this.#controls);
    await this.#worker.api.setControls(this.#controls);
  }

  /**
   * Sets what the portrait does while no voice drives it. `idle`: it looks around. `listening`: it pays attention to
   * somebody who is speaking to it: it looks at the viewer, nods and blinks more slowly. Set it while the user speaks,
   * for example. A `state` event follows, unless a voice drives the portrait now; that voice goes on.
   *
   * @throws TalkingPortraitError `invalid-option`
   */
  async setState(state: SilentState): Promise<void> {
    this.#assertOpen();
    if (state !== 'idle' && state !== 'listening') {
      const remedy = 'Use "idle" or "listening". For a voice, call speak().';
      throw new TalkingPortraitError('invalid-option', 'This state cannot be set.', remedy, String(state));
    }
    await this.#worker.api.setState(state);
  }

  /** Ends the voice: the mouth closes, and the portrait continues in silence. */
  async stop(): Promise<void> {
    this.#assertOpen();
    await this.#voice.stop();
  }

  /** Frees everything. May be called again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    void this.#changes.close(closedError());
    await this.#voice.close();
    await this.#worker.close();
    this.#log.info('Closed');
    this.#events.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #setUp(canvas: HTMLCanvasElement, options: AnimatorOptions): Promise<void> {
    await this.#worker.open(canvas, options);
    if (this.#options.portrait) await this.#worker.orDeath(this.setPortrait(this.#options.portrait));
    else void this.#worker.api.prepareAnalysis().catch(() => {}); // The first picture meets the same error again.
  }

  /** The device was unplugged or the permission revoked. */
  async #microphoneEnded(): Promise<void> {
    await this.#voice.stop();
    const what = 'The microphone has ended: it was unplugged, or the permission was taken back.';
    this.#events.emit('error', new TalkingPortraitError('microphone-missing', what, 'Plug it in and listen again.'));
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  #handle(event: AnimatorEvent): void {
    switch (event.kind) {
      case 'progress':
        this.#options.onProgress?.(event.progress);
        this.#events.emit('progress', event.progress);
        break;
      case 'state':
        this.#events.emit('state', event.state);
        break;
      case 'speech':
        this.#events.emit(event.speaking ? 'speechstart' : 'speechend', undefined);
        break;
      case 'stats':
        this.#events.emit('stats', event.stats);
        break;
      case 'warning':
        this.#events.emit('warning', event.text);
        break;
      case 'device':
        this.#events.emit(event.lost ? 'devicelost' : 'devicerestored', undefined);
        break;
      case 'error':
        this.#events.emit('error', errorFromFields(event.error));
        break;
      case 'log':
        this.#options.logger?.(event.entry);
        break;
    }
  }
}

function closedError(): TalkingPortraitError {
  return new TalkingPortraitError('closed', 'The portrait is closed.', 'Create a new one.');
}

function aborted(): TalkingPortraitError {
  return new TalkingPortraitError('aborted', 'The set-up was aborted.', 'Call create again when it is wanted.');
}

/** `work`, or the rejection `aborted` if the signal aborts first. */
async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const settled = new AbortController();
  const abortion = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(aborted()), { signal: settled.signal });
  });
  try {
    await Promise.race([work, abortion]);
  } finally {
    settled.abort();
  }
}
