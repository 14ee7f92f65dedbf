/**
 * @file SoundOutput: owns the AudioContext of a portrait and the playback node on it. Voices are added to its queue; it tells
 * again and again which sample of them is heard.
 */
import type { PlaybackMark, PlaybackMessage } from '../core/playback-messages';
import { TalkingPortraitError } from '../errors';
import type { SoundPosition } from '../protocol';
import { IdleContext } from './idle-context';
import { heardMoment, SoundClock } from './sound-clock';

/** Name under which workers/audio.worklet.ts registers its processor. */
const PROCESSOR_NAME = 'talking-portrait-playback';
const READ_INTERVAL_MS = 40;
/** Sentences of a conversation follow each other sooner. */
const IDLE_MS = 15_000;
/** A context that the page may run starts within this time: some devices take a second to open. */
const START_LIMIT_MS = 5000;
/** Where the browser does not tell whether there was a gesture. */
const UNKNOWN_GESTURE_LIMIT_MS = 1500;
/** Where no gesture has been seen, only a browser that needs none starts it. */
const NO_GESTURE_LIMIT_MS = 250;

/** What a voice is told about its sound. */
export type SoundListener = {
  /** Where the sound is; several times a second. */
  onPosition(position: SoundPosition): void;
  /** Its last sample has been heard, or it has been dropped. @param samples that were heard */
  onOver(samples: number): void;
};

/** A live stream that is heard. */
export type SoundMonitor = {
  /** By how much it is late, seconds. */
  delayTime: AudioParam;
  /** It falls silent. */
  end(): void;
};

export class SoundOutput {
  readonly context: AudioContext;
  /** All sound passes through it: to the loudspeaker, and to captured tracks. */
  readonly bus: GainNode;
  /** Between the bus and the loudspeaker. */
  readonly volume: GainNode;
  readonly #node: AudioWorkletNode;
  readonly #voices = new Map<number, { clock: SoundClock; listener: SoundListener }>();
  /** Tracks that have been captured. They end with the output. */
  readonly #captured: MediaStreamTrack[] = [];
  /** Live streams that are heard through it. */
  readonly #monitors = new Set<object>();
  readonly #idle: IdleContext;
  #nextVoice = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #onStateChange = (): void => this.#read();

  private constructor(context: AudioContext, idleMs: number) {
    this.context = context;
    this.#idle = new IdleContext(context, idleMs, () => this.#isUsed);
    this.#idle.restart();
    this.#node = new AudioWorkletNode(context, PROCESSOR_NAME, { numberOfInputs: 0, outputChannelCount: [2] });
    this.bus = new GainNode(context);
    this.volume = new GainNode(context);
    this.#node.connect(this.bus).connect(this.volume).connect(context.destination);
    this.#node.port.onmessage = ({ data }: MessageEvent<PlaybackMark>) => this.#take(data);
    context.addEventListener('statechange', this.#onStateChange);
  }

  /**
   * @param workletUrl module of the audio worklet
   * @param idleMs after this long without a voice the AudioContext is suspended until the next one
   * @throws TalkingPortraitError `gesture-needed`, `unsupported`
   */
  static async open(workletUrl: string | URL, idleMs = IDLE_MS): Promise<SoundOutput> {
    const context = new AudioContext({ latencyHint: 'interactive' });
    try {
      await Promise.all([startContext(context), loadWorklet(context, workletUrl)]);
      return new SoundOutput(context, idleMs);
    } catch (error) {
      await context.close().catch(() => {});
      throw error;
    }
  }

  /** Resolves when its clock runs. @throws TalkingPortraitError `gesture-needed` */
  async start(): Promise<void> {
    await this.#idle.settled();
    await startContext(this.context);
  }

  /** Adds a voice to the end of the queue. @returns its number */
  add(listener: SoundListener): number {
    const voice = this.#nextVoice++;
    this.#voices.set(voice, { clock: new SoundClock(this.context.sampleRate), listener });
    this.#post({ kind: 'add', voice });
    this.#timer ??= setInterval(() => this.#read(), READ_INTERVAL_MS);
    return voice;
  }

  /** The next PCM of a voice, one array per channel, at the rate of the context; transferred. */
  push(voice: number, channels: Float32Array<ArrayBuffer>[]): void {
    const message: PlaybackMessage = { kind: 'pcm', voice, channels };
    this.#node.port.postMessage(
      message,
      channels.map(({ buffer }) => buffer),
    );
  }

  /** No more PCM of the voice comes. */
  end(voice: number): void {
    this.#post({ kind: 'end', voice });
  }

  /** The voice falls silent and leaves the queue. */
  drop(voice: number): void {
    this.#post({ kind: 'drop', voice });
  }

  /** Holds all sound, or lets it go on. */
  hold(isHeld: boolean): void {
    this.#post({ kind: 'hold', isHeld });
  }

  /** Lets a live stream be heard, late by `delaySeconds`. */
  monitor(stream: MediaStream, delaySeconds: number): SoundMonitor {
    const source = this.context.createMediaStreamSource(stream);
    const delay = new DelayNode(this.context, { delayTime: delaySeconds, maxDelayTime: 1 });
    source.connect(delay).connect(this.bus);
    const monitor: SoundMonitor = {
      delayTime: delay.delayTime,
      end: () => {
        source.disconnect();
        delay.disconnect();
        this.#monitors.delete(monitor);
        this.#idle.restart();
      },
    };
    this.#monitors.add(monitor);
    return monitor;
  }

  /** A track with the sound of all voices, whatever the volume. */
  captureTrack(): MediaStreamTrack {
    const destination = new MediaStreamAudioDestinationNode(this.context);
    this.bus.connect(destination);
    const [track] = destination.stream.getAudioTracks();
    this.#captured.push(track!);
    return track!;
  }

  /** Ends all sound immediately. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#idle.stop();
    this.context.removeEventListener('statechange', this.#onStateChange);
    this.#post({ kind: 'close' });
    this.#node.disconnect();
    this.bus.disconnect();
    this.volume.disconnect();
    this.#voices.clear();
    for (const track of this.#captured) track.stop();
    if (this.context.state !== 'closed') await this.context.close();
  }

  #post(message: PlaybackMessage): void {
    this.#node.port.postMessage(message);
  }

  #take(mark: PlaybackMark): void {
    this.#voices.get(mark.voice)?.clock.add(mark);
    this.#read();
  }

  #read(): void {
    const moment = heardMoment(this.context);
    const isRunning = this.context.state === 'running';
    for (const [voice, { clock, listener }] of this.#voices) {
      const position = clock.read(moment, isRunning);
      if (!position) continue;
      listener.onPosition(position);
      if (!position.isOver) continue;
      this.#voices.delete(voice);
      listener.onOver(position.sample);
    }
    if (this.#voices.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#idle.restart();
  }

  get #isUsed(): boolean {
    const isCaptured = this.#captured.some(({ readyState }) => readyState === 'live');
    return this.#voices.size > 0 || this.#monitors.size > 0 || isCaptured;
  }
}

/** @throws TalkingPortraitError `gesture-needed` when the browser does not let the page sound */
async function startContext(context: AudioContext): Promise<void> {
  if (context.state === 'running') return;
  // Without a gesture `resume` stays pending for ever.
  const hadGesture = navigator.userActivation?.hasBeenActive;
  const limit = hadGesture === undefined ? UNKNOWN_GESTURE_LIMIT_MS : hadGesture ? START_LIMIT_MS : NO_GESTURE_LIMIT_MS;
  const started = context.resume().then(() => true);
  started.catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, limit, false)));
  const isRunning = await Promise.race([started, late]);
  clearTimeout(timer);
  if (isRunning || (context.state as AudioContextState) === 'running') return;
  throw new TalkingPortraitError(
    'gesture-needed',
    'The browser does not let the page play sound yet.',
    'Call it from a click, a tap or a key press.',
    context.state,
  );
}

/** Modules that have been added, by context: adding one twice would register its processors twice. */
const loaded = new WeakMap<BaseAudioContext, Promise<void>>();

/** Loads the audio worklet into a context, once. @throws TalkingPortraitError `unsupported` */
export async function loadWorklet(context: AudioContext, workletUrl: string | URL): Promise<void> {
  let loading = loaded.get(context);
  if (!loading) {
    loading = context.audioWorklet.addModule(String(workletUrl));
    loaded.set(context, loading);
  }
  try {
    await loading;
  } catch (cause) {
    loaded.delete(context);
    throw new TalkingPortraitError(
      'unsupported',
      'The audio worklet could not be loaded.',
      'Check that audio.worklet.js is served and that the page allows AudioWorklet.',
      String(workletUrl),
      { cause },
    );
  }
}
