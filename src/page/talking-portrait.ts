/** @file TalkingPortrait, the consumer's handle on the main thread. The worker behind it does all the work. */
import { transfer } from 'comlink';

import { abortedError, checkAborted } from '../core/aborted';
import { checkFunction, checkOptions, refuse } from '../core/check-arguments';
import { closedError } from '../core/closed-error';
import { Emitter } from '../core/emitter';
import { Logger } from '../core/logger';
import type { SilentState } from '../core/portrait-state';
import { SerialQueue } from '../core/serial-queue';
import type { TalkingPortraitError } from '../errors';
import type { TalkingPortraitEvents } from '../events';
import { resolveAudioEncoder } from '../options/audio-encoder';
import { type GazeTarget, type MotionControls, resolveControls } from '../options/controls';
import { type AnimatorOptions, type CreateOptions, resolveOptions } from '../options/create-options';
import { initialOutput, type OutputOptions, type ResolvedOutput, resolveOutput } from '../options/output';
import type { Source } from '../options/source';
import { type AnimatorApi, type AnimatorEvent, errorFromFields } from '../protocol';
import { AnimatorWorker } from './animator-worker';
import { fetchSource } from './fetch-source';
import { GazeFollower, type PagePoint } from './gaze-follower';
import { PictureCanvas } from './picture-canvas';
import { defaultModels, wasmUrl } from './runtime-files';
import { startWorker, wasmUrlBeside } from './start-worker';
import type { CreateVoiceOptions, SpeakOptions, Voice, VoiceEnd, VoiceOptions, WritableVoice } from './voice';
import { VoiceDirector } from './voice-director';
import type { SpeakSource } from './voice-sources';
import { animatorWorkerUrl, workletUrl } from './worker-urls';

const COVERED =
  'Another portrait is shown on the canvas of this one: close one of them, or give each a canvas of its own.';

/** Options of calls that may take long. */
export type CallOptions = {
  /** Aborts the call: it rejects with `aborted`. */
  signal?: AbortSignal;
};

/**
 * A portrait that speaks on a canvas.
 *
 * ```ts
 * const portrait = await TalkingPortrait.create({ canvas, portrait: 'me.jpg' });
 * await portrait.speak('hello.mp3');   // plays the voice, lips in sync
 * portrait.listen('microphone');       // or follows a live voice
 * ```
 */
export class TalkingPortrait {
  readonly #events = new Emitter<TalkingPortraitEvents>();
  /** Changes of portrait and output, in the order of the calls. */
  readonly #changes = new SerialQueue();
  readonly #worker: AnimatorWorker;
  readonly #voices: VoiceDirector;
  readonly #gaze: GazeFollower;
  readonly #log: Logger;
  readonly #canvas: PictureCanvas;
  readonly #options: Omit<CreateOptions, 'canvas'>;
  #controls: Readonly<MotionControls>;
  /** Takes the place of the control `gaze` while `lookAt` has a target. */
  #followedGaze: GazeTarget | undefined;
  #output: ResolvedOutput;
  /** Video tracks of `captureStream`; they end with the portrait. */
  readonly #captured: MediaStreamTrack[] = [];
  /** The file of the portrait that is shown. */
  #portrait: Blob | undefined;
  #silentState: SilentState = 'idle';
  /** Whether `create` has succeeded. */
  #isReady = false;
  #closed = false;

  private constructor(
    canvas: HTMLCanvasElement,
    options: Omit<CreateOptions, 'canvas'>,
    { controls, output, logLevel }: AnimatorOptions,
  ) {
    this.#canvas = new PictureCanvas(canvas, () => this.#events.emit('warning', COVERED));
    this.#options = options;
    this.#controls = controls;
    this.#output = output;
    this.#gaze = new GazeFollower(
      canvas,
      () => this.#output.mirror,
      (gaze) => {
        this.#followedGaze = gaze;
        this.#sendControls().catch(() => {}); // The worker is gone, which is reported elsewhere.
      },
    );
    this.#log = new Logger((entry) => options.logger?.(entry), logLevel, 'page');
    const { workerUrl = animatorWorkerUrl(), signal, events = {} } = options;
    for (const [name, listener] of Object.entries(events)) {
      if (listener) this.on(name as keyof TalkingPortraitEvents, listener as () => void);
    }
    this.#worker = new AnimatorWorker({
      start: () => startWorker(workerUrl, 'talking-portrait animator', this.#isReady ? undefined : signal),
      onEvent: (event) => this.#handle(event),
      onDeath: (error, isFinal) => this.#workerDied(error, isFinal),
      restore: (api) => this.#restore(api),
    });
    const { api } = this.#worker;
    this.#voices = new VoiceDirector(
      {
        listen: (pcm) => api.listen(transfer(pcm, [pcm])),
        speak: (messages, sampleRate) => api.speak(transfer(messages, [messages]), sampleRate),
        stop: () => api.stop(),
      },
      {
        onCaption: (voiceId, caption) => this.#events.emit('caption', { voiceId, ...caption }),
        onError: (error) => this.#events.emit('error', error),
      },
      this.#log,
      { workletUrl: () => options.workletUrl ?? workletUrl() },
    );
  }

  /**
   * Loads the models and shows the portrait in the rest pose.
   *
   * @throws TalkingPortraitError `unsupported`, `invalid-option`, `weights-missing`, `weights-corrupt`, `no-face`,
   *   `image-corrupt`, `image-too-small`, `portrait-corrupt`, `worker-failed`, `runtime-missing`, `blocked`, `aborted`
   */
  static async create(createOptions: CreateOptions): Promise<TalkingPortrait> {
    checkOptions(createOptions);
    const { canvas, ...options } = createOptions;
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
    checkAborted(signal);
    const portrait = new TalkingPortrait(canvas, options, resolved);
    const setUp = portrait.#setUp(resolved);
    try {
      await untilAborted(setUp, signal);
    } catch (error) {
      portrait.#worker.terminate(closedError());
      portrait.#canvas.release();
      setUp.catch(() => {});
      throw error;
    }
    portrait.#isReady = true;
    portrait.#events.emit('ready', undefined);
    return portrait;
  }

  /**
   * Calls `listener` at every `name` event, until the returned function is called.
   *
   * @throws TalkingPortraitError `invalid-option`
   */
  on<Name extends keyof TalkingPortraitEvents>(
    name: Name,
    listener: (payload: TalkingPortraitEvents[Name]) => void,
  ): () => void {
    checkFunction(listener, 'The listener');
    const off = this.#events.on(name, listener);
    // Whoever comes after `create` hears it as well.
    if (name === 'ready' && this.#isReady) setTimeout(() => (listener as () => void)());
    return off;
  }

  /**
   * Shows another portrait: a picture, or a file of `savePortrait`, which needs no analysis. The voice goes on.
   *
   * @param options.signal aborts it, unless it is shown already; then the portrait before stays
   * @returns when the new portrait is shown
   * @throws TalkingPortraitError `no-face`, `image-corrupt`, `image-too-small`, `portrait-corrupt`, `aborted`
   */
  async setPortrait(source: Source, options: CallOptions = {}): Promise<void> {
    this.#assertOpen();
    checkOptions(options);
    await this.#showPortrait(source, options.signal);
  }

  /**
   * The analysed portrait as a file of a few megabytes (`.portrait`, application/x-talking-portrait): the photo and everything
   * that the analysis found. `setPortrait` and `create` accept it instead of a picture.
   *
   * @throws TalkingPortraitError `no-portrait`, `aborted`
   */
  async savePortrait(options: CallOptions = {}): Promise<Blob> {
    this.#assertOpen();
    checkOptions(options);
    return untilAborted(this.#worker.api.savePortrait(), options.signal);
  }

  /** The picture as it is now, as a PNG of the size of the output. @throws TalkingPortraitError `no-portrait` */
  async snapshot(): Promise<Blob> {
    this.#assertOpen();
    return this.#canvas.snapshot();
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
  async setOutput(changes: OutputOptions, options: CallOptions = {}): Promise<void> {
    this.#assertOpen();
    checkOptions(options);
    const { signal } = options;
    const change = this.#changes.run(async () => {
      const output = await resolveOutput(changes, this.#output, (source) => fetchSource(source, signal));
      checkAborted(signal);
      await this.#worker.api.setOutput(output);
      this.#output = output;
    });
    await untilAborted(change, signal);
  }

  /**
   * Follows a live voice: the microphone, or a stream such as a remote WebRTC track. It replaces the voice before. To be called
   * from a user gesture.
   *
   * `started` resolves when it is followed; `ended` when it has been stopped or replaced, or has failed with
   * `microphone-denied`, `microphone-missing` or `unsupported`.
   *
   * @throws TalkingPortraitError `closed`, `invalid-option`
   */
  listen(source: MediaStream | 'microphone', options: VoiceOptions = {}): Voice {
    this.#assertOpen();
    checkOptions(options);
    if (source !== 'microphone' && !(source instanceof MediaStream)) {
      refuse('This cannot be listened to.', "Use a MediaStream, or 'microphone'.", source);
    }
    return this.#voices.listen(source === 'microphone' ? undefined : source, options);
  }

  /**
   * Plays a voice and speaks it in sync. It replaces the voice before, unless it is queued. To be called from a user gesture.
   *
   * ```ts
   * await portrait.speak('hello.mp3');
   * portrait.speak(response.body, { sampleRate: 24_000 }); // 16-bit PCM, spoken while it arrives
   * ```
   *
   * `started` resolves when it is heard; `ended` when it is over: also because it failed with `audio-corrupt`,
   * `audio-not-finite`, `sample-rate`, `invalid-option` (it cannot be fetched), `gesture-needed` or `unsupported`.
   *
   * @throws TalkingPortraitError `closed`, `invalid-option`
   */
  speak(source: SpeakSource, options: SpeakOptions = {}): Voice {
    this.#assertOpen();
    checkOptions(options);
    return this.#voices.speak(source, options);
  }

  /**
   * A voice whose PCM the page writes piece by piece, for speech engines that call back.
   *
   * ```ts
   * const voice = portrait.createVoice({ sampleRate: 24_000 });
   * socket.onmessage = ({ data }) => voice.write(new Int16Array(data));
   * socket.onclose = () => voice.end();
   * ```
   *
   * @throws TalkingPortraitError `closed`, `sample-rate`, `invalid-option`
   */
  createVoice(options: CreateVoiceOptions): WritableVoice {
    this.#assertOpen();
    checkOptions(options);
    return this.#voices.createVoice(options);
  }

  /** Volume of the voices that are spoken, 0 … 1. */
  get volume(): number {
    return this.#voices.volume;
  }

  /** @throws TalkingPortraitError `invalid-option` */
  set volume(volume: number) {
    if (!(typeof volume === 'number' && volume >= 0 && volume <= 1)) {
      refuse('The volume is out of range.', 'Use 0 to 1.', volume);
    }
    this.#voices.volume = volume;
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
    await this.#sendControls();
  }

  /**
   * Looks at an element or a point of the viewport (CSS pixels), wherever it and the canvas move, until null is given or another
   * target. Meanwhile the control `gaze` has no effect.
   *
   * ```ts
   * portrait.lookAt(document.querySelector('#button'));
   * ```
   *
   * @throws TalkingPortraitError `closed`, `invalid-option`
   */
  lookAt(target: Element | PagePoint | null): void {
    this.#assertOpen();
    this.#gaze.follow(target);
  }

  /**
   * Sets what the portrait does while no voice drives it. `idle`: it looks around. `attentive`: it pays attention to
   * somebody who is speaking to it: it looks at the viewer, nods and blinks more slowly. Set it while the user speaks,
   * for example. A `state` event follows, unless a voice drives the portrait now; that voice goes on.
   *
   * @throws TalkingPortraitError `invalid-option`
   */
  async setState(state: SilentState): Promise<void> {
    this.#assertOpen();
    if (state !== 'idle' && state !== 'attentive') {
      refuse('This state cannot be set.', 'Use "idle" or "attentive". For a voice, call speak().', state);
    }
    this.#silentState = state;
    await this.#worker.api.setState(state);
  }

  /**
   * The picture as a stream, for a WebRTC sender or a MediaRecorder. Its tracks end with the portrait.
   *
   * ```ts
   * for (const track of (await portrait.captureStream({ audio: true })).getTracks()) connection.addTrack(track);
   * ```
   *
   * @param options with `audio: true` the voices that are spoken are in it, at full volume whatever `volume` is; then it has to
   *   be called from a user gesture
   * @throws TalkingPortraitError `gesture-needed`, `closed`, `invalid-option`
   */
  async captureStream(options: { audio?: boolean } = {}): Promise<MediaStream> {
    this.#assertOpen();
    checkOptions(options);
    const sound = options.audio ? await this.#voices.captureTrack() : undefined;
    const stream = this.#canvas.element.captureStream();
    this.#captured.push(...stream.getTracks());
    if (sound) stream.addTrack(sound);
    return stream;
  }

  /**
   * Ends the voice and those in the queue: the sound stops, the mouth closes, and the portrait continues in silence.
   *
   * @returns how the voice ended: how much of it was heard; undefined if there was none
   */
  async stop(): Promise<VoiceEnd | undefined> {
    this.#assertOpen();
    return this.#voices.stop();
  }

  /** The same as `stop`, under the name that speech interfaces use when a user speaks over the portrait. */
  interrupt(): Promise<VoiceEnd | undefined> {
    return this.stop();
  }

  /** Frees everything. May be called again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#gaze.stop();
    this.#canvas.release();
    for (const track of this.#captured) track.stop();
    void this.#changes.close(closedError());
    await this.#voices.close();
    await this.#worker.close();
    this.#log.info('Closed');
    this.#events.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #setUp(options: AnimatorOptions): Promise<void> {
    await this.#worker.open(() => ({ ...options, controls: this.#sentControls(), output: this.#output }));
    if (this.#options.portrait) await this.#showPortrait(this.#options.portrait, this.#options.signal);
    else void this.#worker.api.prepareAnalysis().catch(() => {}); // The first picture meets the same error again.
  }

  async #showPortrait(source: Source, signal: AbortSignal | undefined): Promise<void> {
    const file = fetchSource(source, signal);
    file.catch(() => {}); // It may fail before its turn comes.
    const change = this.#changes.run(async () => {
      const portrait = await file;
      checkAborted(signal);
      const abort = (): void => void this.#worker.api.abortPortrait().catch(() => {}); // It is over anyway.
      signal?.addEventListener('abort', abort);
      try {
        await this.#worker.api.setPortrait(portrait);
      } finally {
        signal?.removeEventListener('abort', abort);
      }
      this.#portrait = portrait;
    });
    await untilAborted(change, signal);
  }

  /** The controls as they take effect. */
  #sentControls(): MotionControls {
    return { ...this.#controls, gaze: this.#followedGaze ?? this.#controls.gaze };
  }

  #sendControls(): Promise<void> {
    return this.#worker.api.setControls(this.#sentControls());
  }

  /** The worker has died. */
  #workerDied(error: TalkingPortraitError, isFinal: boolean): void {
    this.#voices.fail(error);
    this.#log.error(error.what, { value: error.value ?? '', final: isFinal });
    if (!this.#isReady) return; // `create` throws it.
    if (isFinal) this.#events.emit('error', error);
    else this.#events.emit('warning', 'The worker died and is started again; the portrait is frozen meanwhile.');
  }

  /** Something failed in the worker. */
  #fail(error: TalkingPortraitError): void {
    if (error.code === 'device-lost') this.#voices.fail(error); // For good: nothing is drawn any more.
    this.#events.emit('error', error);
  }

  /** Brings another worker to the state of the one before. */
  async #restore(api: AnimatorApi): Promise<void> {
    await api.setState(this.#silentState);
    if (this.#portrait) await api.setPortrait(this.#portrait);
    this.#log.info('Worker started again');
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  #handle(event: AnimatorEvent): void {
    switch (event.kind) {
      case 'picture':
        // The canvas may belong to another portrait by now.
        if (this.#closed) event.picture.close();
        else this.#canvas.show(event.picture);
        break;
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
        this.#voices.liveLatencyMs = event.stats.latencyMs;
        this.#events.emit('stats', event.stats);
        break;
      case 'warning':
        this.#events.emit('warning', event.text);
        break;
      case 'device':
        this.#events.emit(event.lost ? 'devicelost' : 'devicerestored', undefined);
        break;
      case 'error':
        this.#fail(errorFromFields(event.error));
        break;
      case 'log':
        this.#options.logger?.(event.entry);
        break;
    }
  }
}

/** `work`, or the rejection `aborted` if the signal aborts first. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return work;
  work.catch(() => {}); // It may fail after it was aborted.
  checkAborted(signal);
  const settled = new AbortController();
  const abortion = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(abortedError(signal)), { signal: settled.signal });
  });
  try {
    return await Promise.race([work, abortion]);
  } finally {
    settled.abort();
  }
}
