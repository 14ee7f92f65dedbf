/** @file TalkingPortrait, the consumer's handle on the main thread. All work is done in the worker behind it. */
import * as Comlink from 'comlink';

import { resolveAudioEncoder } from '../options/audio-encoder';
import { Microphone } from './microphone';
import { decodeVoice, type Playback, playVoice } from './speech-player';
import { Emitter } from '../core/emitter';
import { type MotionControls, resolveControls } from '../options/controls';
import { TalkingPortraitError } from '../errors';
import type { PcmChunk } from '../core/audio-types';
import type { SilentState } from '../core/portrait-state';
import type { TalkingPortraitEvents } from '../events';
import { fetchSource } from './fetch-source';
import { type CreateOptions, resolveOptions } from '../options/create-options';
import type { Source } from '../options/source';
import { initialOutput, type OutputOptions, type ResolvedOutput, resolveOutput } from '../options/output';
import { type AnimatorApi, type AnimatorEvent, carryErrors, errorFromFields } from '../protocol';
import { createAnimatorWorker, defaultModelBaseUrl, workletUrl } from './worker-urls';

carryErrors();

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
  #controls: Readonly<MotionControls>;
  #output: ResolvedOutput;
  readonly #worker: Worker;
  readonly #animator: Comlink.Remote<AnimatorApi>;
  readonly #options: Omit<CreateOptions, 'canvas'>;

  private constructor(
    worker: Worker,
    animator: Comlink.Remote<AnimatorApi>,
    options: Omit<CreateOptions, 'canvas'>,
    controls: Readonly<MotionControls>,
    output: ResolvedOutput,
  ) {
    this.#worker = worker;
    this.#animator = animator;
    this.#options = options;
    this.#controls = controls;
    this.#output = output;
  }

  /**
   * Loads the models, takes the canvas and shows the portrait at rest.
   *
   * @throws TalkingPortraitError `unsupported`, `invalid-option`, `weights-missing`, `weights-corrupt`, `no-face`,
   *   `image-corrupt`, `image-too-small`, `aborted`
   */
  static async create({ canvas, ...options }: CreateOptions): Promise<TalkingPortrait> {
    const { signal } = options;
    const fetchFile = (source: Source): Promise<Blob> => fetchSource(source, signal);
    const output = await initialOutput(options, fetchFile);
    const audioEncoder = options.audioEncoder && (await resolveAudioEncoder(options.audioEncoder, fetchFile));
    const resolved = { ...resolveOptions(options, defaultModelBaseUrl()), output, audioEncoder };
    if (signal?.aborted) throw aborted();
    const worker = createAnimatorWorker(options.workerUrl);
    const portrait = new TalkingPortrait(worker, Comlink.wrap<AnimatorApi>(worker), options, resolved.controls, output);
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
      const open = portrait.#animator.open(
        Comlink.transfer(offscreen, [offscreen]),
        resolved,
        Comlink.transfer(events.port2, [events.port2]),
      );
      await Promise.race([open, failed]);
      if (options.portrait) await Promise.race([portrait.setPortrait(options.portrait), failed]);
      else portrait.#animator.prepareAnalysis().catch(() => {}); // what went wrong goes wrong again with the picture
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

  /**
   * Another face: a picture, or a file of `savePortrait`, which needs no analysis. The voice goes on.
   *
   * @throws TalkingPortraitError `no-face`, `image-corrupt`, `image-too-small`, `portrait-corrupt`
   */
  async setPortrait(source: Source): Promise<void> {
    this.#assertOpen();
    await this.#animator.setPortrait(await fetchSource(source, this.#options.signal));
  }

  /**
   * The analysed portrait as a file (`.portrait`, application/x-talking-portrait): photo, face and all that was found out
   * about them, a few megabytes. `setPortrait` and `create` take it in place of a picture.
   *
   * @throws TalkingPortraitError `no-portrait`
   */
  async savePortrait(): Promise<Blob> {
    this.#assertOpen();
    return this.#animator.savePortrait();
  }

  /**
   * Changes what the picture looks like around the person; what is not named stays. The voice goes on.
   *
   * ```ts
   * await portrait.setOutput({ background: 'transparent', crop: 'bust', mirror: true });
   * ```
   *
   * @returns when the new picture is shown
   * @throws TalkingPortraitError `invalid-option`, `image-corrupt`, `unsupported`; then all stays as it was
   */
  async setOutput(changes: OutputOptions): Promise<void> {
    this.#assertOpen();
    const output = await resolveOutput(changes, this.#output, (source) => fetchSource(source));
    const before = this.#output;
    this.#output = output; // at once, so that changes in quick succession add up
    try {
      await this.#animator.setOutput(output);
    } catch (error) {
      if (this.#output === output) this.#output = before;
      throw error;
    }
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
      workletUrl: this.#options.workletUrl ?? workletUrl(),
      port: channel.port1,
      onEnded: () => void this.#microphoneEnded(),
    });
    await this.#animator.listen(Comlink.transfer(channel.port2, [channel.port2]));
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
    const pcm: PcmChunk = { samples: playback.samples, sampleRate: playback.sampleRate, startSample: 0 };
    try {
      await this.#animator.speak(Comlink.transfer(pcm, [playback.samples.buffer]), playback.heardAtEpochMs);
    } catch (error) {
      playback.stop();
      throw error;
    }
    await playback.ended;
    if (this.#playback === playback) this.#playback = undefined;
  }

  /** How the portrait moves now. */
  get controls(): Readonly<MotionControls> {
    return this.#controls;
  }

  /**
   * Changes how the portrait moves, from the next frame on, voice or not; what is not named stays.
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
    await this.#animator.setControls(this.#controls);
  }

  /**
   * What the portrait does while no voice drives it. `idle`: it looks about. `listening`: it attends to somebody who speaks to it,
   * looks at the viewer, nods, blinks slower. To be set while the user speaks, say; a `state` event follows. A voice under
   * way goes on.
   *
   * @throws TalkingPortraitError `invalid-option`
   */
  async setState(state: SilentState): Promise<void> {
    this.#assertOpen();
    if (state !== 'idle' && state !== 'listening') {
      const remedy = 'Use "idle" or "listening"; speak() makes it speak.';
      throw new TalkingPortraitError('invalid-option', 'This state cannot be set.', remedy, String(state));
    }
    await this.#animator.setState(state);
  }

  /** Ends voice and listening; the mouth closes, the portrait goes on living. */
  async stop(): Promise<void> {
    this.#assertOpen();
    await this.#silence();
    await this.#animator.stop();
  }

  /** Frees everything. May be called again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#silence();
    await Promise.race([this.#animator.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS))]);
    await this.#audioContext?.close();
    this.#worker.terminate();
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
    }
  }
}

/** A worker that hangs must not keep the page from closing the portrait. */
const CLOSE_TIMEOUT_MS = 2000;

function aborted(): TalkingPortraitError {
  return new TalkingPortraitError('aborted', 'The set-up was ended.', 'Create the portrait again when it is wanted.');
}
