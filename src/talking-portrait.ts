/** @file TalkingPortrait, the consumer's handle on the main thread. All work is done in the worker behind it. */
import * as Comlink from 'comlink';

import { Microphone } from './audio/microphone';
import { decodeVoice, type Playback, playVoice } from './audio/speech-player';
import { Emitter } from './core/emitter';
import { TalkingPortraitError } from './errors';
import type { TalkingPortraitEvents } from './events';
import { type CreateOptions, resolveOptions, type Source } from './options';
import { type AnimatorApi, type AnimatorEvent, carryErrors, errorFromFields, type PcmMessage } from './protocol';
import { createAnimatorWorker, defaultModelBaseUrl, workletUrl } from './worker-urls';

carryErrors();

async function fetchSource(source: Source, signal?: AbortSignal): Promise<Blob> {
  if (source instanceof Blob) return source;
  const response = await fetch(source, signal ? { signal } : {}).catch((cause: unknown) => cause);
  if (response instanceof Response && response.ok) return response.blob();
  signal?.throwIfAborted();
  throw new TalkingPortraitError(
    'invalid-option',
    'The file could not be fetched.',
    'Check the address and that the server allows this page to read it.',
    String(source),
  );
}

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
  #microphone: Microphone | undefined;
  #playback: Playback | undefined;
  #audioContext: AudioContext | undefined;
  #closed = false;

  private constructor(
    private readonly worker: Worker,
    private readonly animator: Comlink.Remote<AnimatorApi>,
    private readonly options: Omit<CreateOptions, 'canvas'>,
  ) {}

  /**
   * Loads the models, takes the canvas and shows the portrait at rest.
   *
   * @throws TalkingPortraitError `unsupported`, `invalid-option`, `weights-missing`, `weights-corrupt`, `no-face`,
   *   `image-corrupt`, `image-too-small`, `aborted`
   */
  static async create({ canvas, ...options }: CreateOptions): Promise<TalkingPortrait> {
    const resolved = resolveOptions(options, defaultModelBaseUrl());
    const { signal } = options;
    if (signal?.aborted) throw aborted();
    const worker = createAnimatorWorker(options.workerUrl);
    const portrait = new TalkingPortrait(worker, Comlink.wrap<AnimatorApi>(worker), options);
    const failed = new Promise<never>((_, reject) => {
      const fail = (error: TalkingPortraitError): void => {
        portrait.#events.emit('error', error);
        reject(error);
      };
      worker.addEventListener('error', ({ message }) =>
        fail(new TalkingPortraitError('worker-failed', 'The worker died.', 'Reload the page.', message || undefined)),
      );
      signal?.addEventListener('abort', () => reject(aborted()), { once: true });
    });
    failed.catch(() => {}); // after the set-up, errors are events
    try {
      const events = new MessageChannel();
      events.port1.onmessage = ({ data }: MessageEvent<AnimatorEvent>) => portrait.#handle(data);
      const offscreen = canvas.transferControlToOffscreen();
      const open = portrait.animator.open(
        Comlink.transfer(offscreen, [offscreen]),
        resolved,
        Comlink.transfer(events.port2, [events.port2]),
      );
      await Promise.race([open, failed]);
      if (options.portrait) await Promise.race([portrait.setPortrait(options.portrait), failed]);
    } catch (error) {
      worker.terminate();
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

  /** Another face. The voice goes on. @throws TalkingPortraitError `no-face`, `image-corrupt`, `image-too-small` */
  async setPortrait(source: Source): Promise<void> {
    this.#assertOpen();
    await this.animator.setPortrait(await fetchSource(source, this.options.signal));
  }

  /**
   * Follows a live voice. To be called from a user gesture.
   *
   * @throws TalkingPortraitError `microphone-denied`, `microphone-missing`
   */
  async listen(source: MediaStream | 'microphone'): Promise<void> {
    this.#assertOpen();
    await this.#silence();
    const channel = new MessageChannel();
    this.#microphone = await Microphone.open({
      ...(source !== 'microphone' && { stream: source }),
      workletUrl: this.options.workletUrl ?? workletUrl(),
      port: channel.port1,
      onEnded: () => void this.#microphoneEnded(),
    });
    await this.animator.listen(Comlink.transfer(channel.port2, [channel.port2]));
  }

  /**
   * Plays a voice and speaks it in sync. To be called from a user gesture.
   *
   * @returns when the voice has ended or was stopped
   * @throws TalkingPortraitError `audio-corrupt`, `audio-not-finite`, `sample-rate`
   */
  async speak(source: AudioBuffer | Source): Promise<void> {
    this.#assertOpen();
    await this.#silence();
    const context = (this.#audioContext ??= new AudioContext());
    await context.resume();
    const buffer = source instanceof AudioBuffer ? source : await decodeVoice(context, await fetchSource(source));
    const playback = playVoice(context, buffer);
    this.#playback = playback;
    const pcm: PcmMessage = { samples: playback.samples, sampleRate: playback.sampleRate, startSample: 0 };
    try {
      await this.animator.speak(Comlink.transfer(pcm, [playback.samples.buffer]), playback.heardAtEpochMs);
    } catch (error) {
      playback.stop();
      throw error;
    }
    await playback.ended;
    if (this.#playback === playback) this.#playback = undefined;
  }

  /** Ends voice and listening; the mouth closes, the portrait goes on living. */
  async stop(): Promise<void> {
    this.#assertOpen();
    await this.#silence();
    await this.animator.stop();
  }

  /** Frees everything. May be called again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#silence();
    await Promise.race([this.animator.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS))]);
    await this.#audioContext?.close();
    this.worker.terminate();
    this.#events.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #silence(): Promise<void> {
    this.#playback?.stop();
    this.#playback = undefined;
    const microphone = this.#microphone;
    this.#microphone = undefined;
    await microphone?.close();
  }

  /** The device was unplugged or the permission taken back. */
  async #microphoneEnded(): Promise<void> {
    if (this.#closed) return;
    await this.stop();
    const what = 'The microphone has ended: it was unplugged, or the permission taken back.';
    this.#events.emit('error', new TalkingPortraitError('microphone-missing', what, 'Plug it in and listen again.'));
  }

  #assertOpen(): void {
    if (this.#closed) throw new TalkingPortraitError('closed', 'The portrait is closed.', 'Create a new one.');
  }

  #handle(event: AnimatorEvent): void {
    switch (event.kind) {
      case 'progress':
        this.options.onProgress?.(event.progress);
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
    }
  }
}

/** A worker that hangs must not keep the page from closing the portrait. */
const CLOSE_TIMEOUT_MS = 2000;

function aborted(): TalkingPortraitError {
  return new TalkingPortraitError('aborted', 'The set-up was ended.', 'Create the portrait again when it is wanted.');
}
