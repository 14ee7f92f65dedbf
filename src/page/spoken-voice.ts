/** @file SpokenVoice: one voice that the page plays: where its PCM comes from, how much of it is heard, how it ends. */
import { mixToMono } from '../core/mix-to-mono';
import type { SoundPosition } from '../protocol';
import type { CaptionTrack } from './caption-track';
import { BlockResampler, type PcmBlock } from './pcm-blocks';
import type { SoundOutput } from './sound-output';
import type { Caption, Voice, VoiceEnd, VoiceEndReason } from './voice';
import { VoiceHandle } from './voice-handle';

/** No more PCM than this is kept ahead of what is heard. */
const AHEAD_SECONDS = 10;

/** What a voice needs of the speech that it is part of. */
export type VoiceOwner = {
  /** It has ended, for this reason. */
  onOver(voice: SpokenVoice): void;
  /** It is to stand still, or to go on. */
  setPaused(isPaused: boolean): void;
  onPosition(voice: SpokenVoice, position: SoundPosition): void;
  onCaption(voice: SpokenVoice, caption: Caption): void;
};

/** Opens the PCM of a voice. @param signal aborts when the voice is over */
export type OpenPcm = (context: BaseAudioContext, signal: AbortSignal) => AsyncGenerator<PcmBlock>;

export class SpokenVoice extends VoiceHandle implements Voice {
  /** Aborted when the voice is over. */
  readonly #over = new AbortController();
  readonly #captions: CaptionTrack;
  readonly #open: OpenPcm;
  readonly #owner: VoiceOwner;
  #output: { output: SoundOutput; number: number } | undefined;
  #heardSamples = 0;
  #sentSamples = 0;
  #rateHz = 1;
  /** Called when more of the voice has been heard, or it is over. */
  #onProgress: (() => void) | undefined;

  constructor(id: string, open: OpenPcm, owner: VoiceOwner, captions: CaptionTrack) {
    super(id);
    this.#open = open;
    this.#owner = owner;
    this.#captions = captions;
  }

  /** Samples sent to the output so far. */
  get sentSamples(): number {
    return this.#sentSamples;
  }

  async stop(): Promise<VoiceEnd> {
    this.finish('interrupted');
    return this.ended;
  }

  pause(): void {
    if (!this.isOver) this.#owner.setPaused(true);
  }

  resume(): void {
    if (!this.isOver) this.#owner.setPaused(false);
  }

  /** Ends the voice; it falls silent if it sounds. Later calls change nothing. */
  finish(reason: VoiceEndReason, cause?: unknown): void {
    const spokenMs = Math.round((this.#heardSamples * 1000) / this.#rateHz);
    if (!this.settle(reason, spokenMs, this.#captions.text, cause)) return;
    if (reason !== 'finished') this.#output?.output.drop(this.#output.number);
    this.#over.abort();
    this.#onProgress?.();
    this.#owner.onOver(this);
  }

  /**
   * Sends all PCM to the output, not too far ahead of what is heard.
   *
   * @param onPcm gets the same PCM, mixed to one channel
   * @returns when everything has been sent, or the voice is over
   */
  async play(output: SoundOutput, onPcm: (samples: Float32Array<ArrayBuffer>) => void): Promise<void> {
    if (this.isOver) return;
    this.#rateHz = output.context.sampleRate;
    const number = output.add({
      onPosition: (position) => this.#hear(position),
      onOver: (samples) => {
        this.#heardSamples = samples;
        this.finish('finished');
      },
    });
    this.#output = { output, number };
    const resampler = new BlockResampler(this.#rateHz);
    try {
      for await (const block of this.#open(output.context, this.#over.signal)) {
        if (this.isOver) return;
        const channels = resampler.convert(block);
        const { length } = channels[0]!;
        if (length === 0) continue;
        onPcm(mixToMono(channels));
        output.push(number, channels);
        this.#sentSamples += length;
        await this.#untilHeard(this.#sentSamples - AHEAD_SECONDS * this.#rateHz);
        if (this.isOver) return;
      }
      output.end(number);
    } catch (error) {
      this.finish('failed', error);
    }
  }

  #hear(position: SoundPosition): void {
    if (this.isOver) return;
    this.#heardSamples = Math.max(this.#heardSamples, position.sample);
    this.#owner.onPosition(this, position);
    if (this.#heardSamples === 0) return;
    this.begin();
    for (const caption of this.#captions.advance((this.#heardSamples * 1000) / this.#rateHz)) {
      this.#owner.onCaption(this, caption);
    }
    this.#onProgress?.();
  }

  /** Resolves when `samples` have been heard, or the voice is over. */
  async #untilHeard(samples: number): Promise<void> {
    while (this.#heardSamples < samples && !this.isOver) {
      await new Promise<void>((resolve) => (this.#onProgress = resolve));
    }
    this.#onProgress = undefined;
  }
}
