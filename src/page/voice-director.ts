/**
 * @file VoiceDirector: owns the voices of a portrait and its sound output. One voice drives the portrait at a time: the newest.
 * Voices that are queued follow the one before without a gap.
 */
import { refuse } from '../core/check-arguments';
import { closedError } from '../core/closed-error';
import type { Logger } from '../core/logger';
import { assertSampleRate } from '../core/pcm-checks';
import type { TalkingPortraitError } from '../errors';
import { CaptionTrack } from './caption-track';
import { LiveVoice } from './live-voice';
import { SoundOutput } from './sound-output';
import { Speech } from './speech';
import { type OpenPcm, SpokenVoice, type VoiceOwner } from './spoken-voice';
import type {
  CreateVoiceOptions,
  SpeakOptions,
  Voice,
  VoiceEnd,
  VoiceEndReason,
  VoiceOptions,
  WritableVoice,
} from './voice';
import type { VoiceHooks, VoiceSink } from './voice-sink';
import { readSource, type SpeakSource } from './voice-sources';
import { WrittenVoice } from './written-voice';

/** Look-ahead, and the time of a frame. */
const TYPICAL_LATENCY_SECONDS = 0.13;

export type VoiceDirectorOptions = {
  /** Module of the audio worklet. */
  workletUrl: () => string | URL;
  /** After this long without a voice the sound output is suspended, ms. */
  idleMs?: number;
};

export class VoiceDirector {
  /** What drives the portrait. */
  #current: Speech | LiveVoice | undefined;
  #output: Promise<SoundOutput> | undefined;
  #volume = 1;
  #liveLatencySeconds = TYPICAL_LATENCY_SECONDS;
  #count = 0;
  /** What the caller of `fail` reports. */
  #reported: TalkingPortraitError | undefined;
  #isClosed = false;
  readonly #sink: VoiceSink;
  readonly #hooks: VoiceHooks;
  readonly #log: Logger;
  readonly #options: VoiceDirectorOptions;

  constructor(sink: VoiceSink, hooks: VoiceHooks, log: Logger, options: VoiceDirectorOptions) {
    this.#sink = sink;
    this.#hooks = hooks;
    this.#log = log;
    this.#options = options;
  }

  /** 0 … 1. */
  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    this.#volume = volume;
    void this.#output?.then((output) => (output.volume.gain.value = volume)).catch(() => {});
  }

  /** See TalkingPortrait.speak. @throws TalkingPortraitError `invalid-option` */
  speak(source: SpeakSource, options: SpeakOptions): Voice {
    if (typeof MediaStream === 'function' && source instanceof MediaStream) return this.#speakLive(source, options);
    const { sampleRate, captions = [] } = options;
    if (!Array.isArray(captions)) refuse('The captions are not an array.', 'Use [{ text, startMs, endMs }].', captions);
    const track = new CaptionTrack();
    track.add(...captions);
    const open: OpenPcm = (context, signal) =>
      readSource(source as Exclude<SpeakSource, MediaStream>, { context, sampleRate, signal });
    return this.#speak((id, owner) => new SpokenVoice(id, open, owner, track), options);
  }

  /** See TalkingPortrait.createVoice. @throws TalkingPortraitError `sample-rate` */
  createVoice(options: CreateVoiceOptions): WritableVoice {
    assertSampleRate(options.sampleRate);
    return this.#speak((id, owner) => new WrittenVoice(id, owner, options.sampleRate), options);
  }

  /** See TalkingPortrait.listen. @param stream without it the user is asked for the microphone */
  listen(stream: MediaStream | undefined, options: VoiceOptions): LiveVoice {
    const voice = new LiveVoice(this.#name(options), (ended) => this.#liveOver(ended));
    this.#replace('replaced');
    this.#current = voice;
    this.#followSignal(voice, options.signal);
    void voice.open(stream, this.#options.workletUrl(), async (pcm) => {
      this.#log.info('Microphone opened', { id: voice.id });
      await this.#sink.listen(pcm);
    });
    return voice;
  }

  /** The latency of a picture of a live voice, ms. A stream that is also heard is delayed by it. */
  set liveLatencyMs(latencyMs: number) {
    if (latencyMs <= 0) return;
    this.#liveLatencySeconds = latencyMs / 1000;
    if (this.#current instanceof LiveVoice) this.#current.delay(this.#liveLatencySeconds);
  }

  /** A live stream that is also heard, late enough for the lips. */
  #speakLive(stream: MediaStream, options: SpeakOptions): LiveVoice {
    const voice = this.listen(stream, options);
    const opening = this.#openOutput(); // Within the user gesture.
    opening.catch((error: unknown) => voice.finish('failed', error));
    void voice.started.then(async () => this.#sound(voice, await opening)).catch(() => {});
    return voice;
  }

  async #sound(voice: LiveVoice, output: SoundOutput): Promise<void> {
    await output.start();
    voice.sound(output, this.#liveLatencySeconds);
  }

  /** The worker has died, or its device is lost for good: the voice ends. @param error is reported by the caller */
  fail(error: TalkingPortraitError): void {
    this.#reported = error;
    const current = this.#current;
    this.#current = undefined;
    current?.finish('failed', error);
  }

  /** Ends all voices. @returns how the one that was heard ended */
  async stop(): Promise<VoiceEnd | undefined> {
    const heard = this.#current instanceof Speech ? this.#current.current : this.#current;
    this.#replace('interrupted');
    await this.#sink.stop();
    return heard?.ended;
  }

  /** A track with the sound of the voices that are spoken. @throws TalkingPortraitError `gesture-needed` */
  async captureTrack(): Promise<MediaStreamTrack> {
    const output = await this.#openOutput();
    await output.start();
    return output.captureTrack();
  }

  /** Ends all voices and frees the sound output. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#replace('interrupted');
    const output = this.#output;
    this.#output = undefined;
    await output?.then((opened) => opened.close()).catch(() => {});
  }

  #speak<Spoken extends SpokenVoice>(
    make: (id: string, owner: VoiceOwner) => Spoken,
    options: VoiceOptions & { queue?: boolean },
  ): Spoken {
    const before = options.queue && this.#current instanceof Speech ? this.#current : undefined;
    const speech = before ?? new Speech((ended) => this.#speechOver(ended));
    const voice = make(this.#name(options), {
      onOver: (ended) => {
        this.#tellFailure(ended);
        speech.remove(ended);
      },
      setPaused: (isPaused) => speech.setPaused(isPaused),
      onPosition: (sounding, position) => speech.position(sounding, position),
      onCaption: (sounding, caption) => this.#hooks.onCaption(sounding.id, caption),
    });
    if (!before) this.#replace('replaced');
    this.#current = speech;
    speech.add(voice);
    this.#followSignal(voice, options.signal);
    if (!before) void this.#begin(speech);
    return voice;
  }

  async #begin(speech: Speech): Promise<void> {
    try {
      const output = await this.#openOutput();
      await output.start(); // It was idle, or the page or the system has suspended it meanwhile.
      if (speech.isOver) return;
      const { port1, port2 } = new MessageChannel();
      this.#log.info('Playback begun', { id: speech.current?.id ?? '' });
      await speech.open(output, port1, this.#sink.speak(port2, output.context.sampleRate));
    } catch (error) {
      speech.finish('failed', error);
    }
  }

  #openOutput(): Promise<SoundOutput> {
    this.#output ??= this.#createOutput();
    return this.#output;
  }

  async #createOutput(): Promise<SoundOutput> {
    try {
      const output = await SoundOutput.open(this.#options.workletUrl(), this.#options.idleMs);
      if (this.#isClosed) {
        await output.close();
        throw closedError();
      }
      output.volume.gain.value = this.#volume;
      return output;
    } catch (error) {
      this.#output = undefined;
      throw error;
    }
  }

  /** Ends what drives the portrait now. */
  #replace(reason: VoiceEndReason): void {
    const current = this.#current;
    this.#current = undefined;
    current?.finish(reason);
  }

  /** All voices of a speech are over: silence, unless another voice has begun. */
  #speechOver(speech: Speech): void {
    if (this.#current !== speech) return;
    this.#current = undefined;
    this.#silence();
  }

  #liveOver(voice: LiveVoice): void {
    this.#tellFailure(voice);
    if (this.#current !== voice) return;
    this.#current = undefined;
    this.#silence();
  }

  #silence(): void {
    this.#sink.stop().catch(() => {}); // The worker is gone, which is reported elsewhere.
  }

  #tellFailure(voice: SpokenVoice | LiveVoice): void {
    void voice.ended.then(({ error }) => {
      if (error && error !== this.#reported && !voice.isAwaited) this.#hooks.onError(error);
    });
  }

  #followSignal(voice: Voice, signal: AbortSignal | undefined): void {
    if (!signal) return;
    const stop = (): void => void voice.stop();
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void voice.ended.then(() => signal.removeEventListener('abort', stop));
  }

  #name({ id }: VoiceOptions): string {
    if (id !== undefined && typeof id !== 'string') refuse('The id of the voice is not a string.', 'Give a name.', id);
    return id ?? `voice-${++this.#count}`;
  }
}
