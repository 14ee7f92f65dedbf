/**
 * @file Speech: voices that are played one after another without a gap. For the worker they are one voice: it gets the PCM of
 * all of them in order, and the position of the sound in it.
 */
import type { PlayedVoiceMessage, SoundPosition } from '../protocol';
import type { SoundOutput } from './sound-output';
import type { SpokenVoice } from './spoken-voice';
import type { VoiceEndReason } from './voice';

export class Speech {
  /** The one that is heard, and those after it. */
  readonly #voices: SpokenVoice[] = [];
  /** Those whose PCM has not been sent yet. */
  readonly #unsent: SpokenVoice[] = [];
  /** Index of the first sample of each voice in the PCM of all. */
  readonly #firstSamples = new Map<SpokenVoice, number>();
  #sentSamples = 0;
  #port: MessagePort | undefined;
  #output: SoundOutput | undefined;
  #isPaused = false;
  #isReady = false;
  #isSending = false;
  #isOver = false;
  readonly #onOver: (speech: Speech) => void;

  /** @param onOver all voices are over; no other may be added */
  constructor(onOver: (speech: Speech) => void) {
    this.#onOver = onOver;
  }

  /** Whether all its voices are over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The voice that is heard, or will be next. */
  get current(): SpokenVoice | undefined {
    return this.#voices[0];
  }

  /** Ends all its voices. */
  finish(reason: VoiceEndReason, cause?: unknown): void {
    while (this.#voices[0]) this.#voices.at(-1)!.finish(reason, cause);
  }

  add(voice: SpokenVoice): void {
    this.#voices.push(voice);
    this.#unsent.push(voice);
    void this.#send();
  }

  /**
   * Begins to sound.
   *
   * @param port to the worker
   * @param ready resolves when the portrait can be seen
   */
  async open(output: SoundOutput, port: MessagePort, ready: Promise<void>): Promise<void> {
    this.#output = output;
    this.#port = port;
    this.#updateHold();
    void this.#send();
    await ready;
    this.#isReady = true;
    if (!this.#isOver) this.#updateHold();
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#updateHold();
  }

  /** Where the sound of a voice is. */
  position(voice: SpokenVoice, { sample, epochMs, isRunning }: SoundPosition): void {
    const first = this.#firstSamples.get(voice);
    if (voice === this.#voices[0] && first !== undefined) {
      this.#post({ kind: 'clock', sample: first + sample, epochMs, isRunning });
    }
  }

  /** A voice is over. */
  remove(voice: SpokenVoice): void {
    const index = this.#voices.indexOf(voice);
    if (index < 0) return;
    this.#voices.splice(index, 1);
    if (this.#voices.length > 0) return;
    this.#isOver = true;
    this.#post({ kind: 'close' });
    this.#port?.close();
    this.#onOver(this);
  }

  /** Sends the PCM of one voice after another. */
  async #send(): Promise<void> {
    if (this.#isSending || !this.#output) return;
    this.#isSending = true;
    for (let voice = this.#unsent.shift(); voice; voice = this.#unsent.shift()) {
      this.#firstSamples.set(voice, this.#sentSamples);
      await voice.play(this.#output, (samples) => {
        this.#sentSamples += samples.length;
        this.#post({ kind: 'pcm', samples }, [samples.buffer]);
      });
      if (this.#unsent.length === 0) this.#post({ kind: 'end' });
    }
    this.#isSending = false;
  }

  #updateHold(): void {
    this.#output?.hold(this.#isPaused || !this.#isReady);
  }

  #post(message: PlayedVoiceMessage, transfer: Transferable[] = []): void {
    this.#port?.postMessage(message, transfer);
  }
}
