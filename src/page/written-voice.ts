/** @file WrittenVoice: a voice whose sound the page writes piece by piece. */
import { checkOptions, refuse } from '../core/check-arguments';
import { TalkingPortraitError } from '../errors';
import { CaptionTrack } from './caption-track';
import { SpokenVoice, type VoiceOwner } from './spoken-voice';
import type { VoiceEnd, WritableVoice } from './voice';
import { readSource, type VoiceChunk } from './voice-sources';

/** The pieces that have been written, as a stream that the voice reads. */
class WrittenSound {
  #chunks: { chunk: VoiceChunk; onTaken: () => void }[] = [];
  #hasEnded = false;
  #writtenMs = 0;
  #wake: (() => void) | undefined;
  readonly #sampleRate: number;
  readonly #captions: CaptionTrack;

  constructor(sampleRate: number, captions: CaptionTrack) {
    this.#sampleRate = sampleRate;
    this.#captions = captions;
  }

  /** @returns when the voice has taken it @throws TalkingPortraitError `closed`, `invalid-option` */
  async write(chunk: Float32Array | Int16Array | ArrayBuffer, text: string | undefined): Promise<void> {
    if (this.#hasEnded) {
      throw new TalkingPortraitError('closed', 'The voice has ended.', 'Create another one.');
    }
    if (!(chunk instanceof Float32Array || chunk instanceof Int16Array || chunk instanceof ArrayBuffer)) {
      const remedy = 'Write a Float32Array, an Int16Array, or an ArrayBuffer of 16-bit PCM.';
      refuse('A chunk of the voice is not PCM.', remedy, chunk);
    }
    if (text !== undefined && typeof text !== 'string') refuse('The text is not a string.', 'Give the words.', text);
    const samples = chunk instanceof ArrayBuffer ? chunk.byteLength / 2 : chunk.length;
    const startMs = this.#writtenMs;
    this.#writtenMs += (samples * 1000) / this.#sampleRate;
    if (text) this.#captions.add({ text, startMs, endMs: this.#writtenMs });
    await new Promise<void>((onTaken) => {
      this.#chunks.push({ chunk: chunk.slice(0), onTaken });
      this.#wake?.();
    });
  }

  /** Nothing more is written. */
  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  /** The voice is over: chunks that are left are taken by nobody. */
  discard(): void {
    this.end();
    for (const { onTaken } of this.#chunks.splice(0)) onTaken();
  }

  /** The chunks, in order, to the end. To be read once. */
  async *read(): AsyncGenerator<VoiceChunk> {
    for (;;) {
      const next = this.#chunks.shift();
      if (next) {
        yield next.chunk;
        next.onTaken();
      } else if (this.#hasEnded) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export class WrittenVoice extends SpokenVoice implements WritableVoice {
  readonly #sound: WrittenSound;

  /** @param sampleRate of what is written, Hz */
  constructor(id: string, owner: VoiceOwner, sampleRate: number) {
    const captions = new CaptionTrack();
    const sound = new WrittenSound(sampleRate, captions);
    super(id, (context, signal) => readSource(sound.read(), { context, sampleRate, signal }), owner, captions);
    this.#sound = sound;
    void this.ended.then(() => sound.discard());
  }

  async write(chunk: Float32Array | Int16Array | ArrayBuffer, options: { text?: string } = {}): Promise<void> {
    checkOptions(options);
    await this.#sound.write(chunk, options.text);
  }

  end(): void {
    this.#sound.end();
  }

  interrupt(): Promise<VoiceEnd> {
    return this.stop();
  }
}
