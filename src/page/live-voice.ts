/** @file LiveVoice: a voice that is followed: the microphone, or a stream of the page. */
import { TalkingPortraitError } from '../errors';
import { Microphone } from './microphone';
import type { SoundMonitor, SoundOutput } from './sound-output';
import type { Voice, VoiceEnd, VoiceEndReason } from './voice';
import { VoiceHandle } from './voice-handle';

/** The delay of the sound is not moved by less. */
const DELAY_TOLERANCE_SECONDS = 0.03;

export class LiveVoice extends VoiceHandle implements Voice {
  #microphone: Microphone | undefined;
  #startedMs: number | undefined;
  #stream: MediaStream | undefined;
  /** The way of the stream to the loudspeaker. */
  #monitor: SoundMonitor | undefined;
  readonly #onOver: (voice: LiveVoice) => void;

  constructor(id: string, onOver: (voice: LiveVoice) => void) {
    super(id);
    this.#onOver = onOver;
  }

  /**
   * Opens the capture. If the voice is over before the permission is granted, it is closed again at once.
   *
   * @param stream of the page; without it the user is asked for the microphone
   * @param follow takes the port that delivers the PCM
   */
  async open(
    stream: MediaStream | undefined,
    workletUrl: string | URL,
    follow: (pcm: MessagePort) => Promise<void>,
  ): Promise<void> {
    this.#stream = stream;
    const { port1, port2 } = new MessageChannel();
    try {
      const microphone = await Microphone.open({
        stream,
        workletUrl,
        port: port1,
        onEnded: () => this.finish('failed', microphoneEnded()),
      });
      if (this.isOver) {
        port2.close();
        return await microphone.close();
      }
      this.#microphone = microphone;
      await follow(port2);
      this.#startedMs = performance.now();
      this.begin();
    } catch (error) {
      port2.close();
      this.finish('failed', error);
    }
  }

  /** Lets the stream be heard as well. @param delaySeconds as long as the picture takes */
  sound(output: SoundOutput, delaySeconds: number): void {
    if (this.isOver || !this.#stream) return;
    this.#monitor = output.monitor(this.#stream, delaySeconds);
  }

  /** Changes the delay of the sound that is heard. */
  delay(seconds: number): void {
    const delayTime = this.#monitor?.delayTime;
    if (!delayTime || Math.abs(delayTime.value - seconds) < DELAY_TOLERANCE_SECONDS) return;
    delayTime.setTargetAtTime(Math.min(1, seconds), 0, 0.5);
  }

  async stop(): Promise<VoiceEnd> {
    this.finish('interrupted');
    return this.ended;
  }

  /** A live voice cannot stand still: only `stop` ends it. */
  pause(): void {}

  resume(): void {}

  /** Ends the voice and releases the microphone. Later calls change nothing. */
  finish(reason: VoiceEndReason, cause?: unknown): void {
    const spokenMs = this.#startedMs === undefined ? 0 : Math.round(performance.now() - this.#startedMs);
    if (!this.settle(reason, spokenMs, '', cause)) return;
    void this.#microphone?.close();
    this.#monitor?.end();
    this.#onOver(this);
  }
}

function microphoneEnded(): TalkingPortraitError {
  return new TalkingPortraitError(
    'microphone-missing',
    'The microphone has ended: it was unplugged, or the permission was taken back.',
    'Plug it in and listen again.',
  );
}
