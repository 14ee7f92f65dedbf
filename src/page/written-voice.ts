/** @file WrittenSound: the sound of a voice that the page writes piece by piece, as a stream that the voice reads. */
import { TalkingPortraitError } from '../errors';
import type { CaptionTrack } from './caption-track';
import type { VoiceChunk } from './voice-sources';

export class WrittenSound {
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

  /** @returns when the voice has taken it @throws TalkingPortraitError `closed` */
  async write(chunk: Float32Array | Int16Array | ArrayBuffer, text: string | undefined): Promise<void> {
    if (this.#hasEnded) {
      throw new TalkingPortraitError('closed', 'The voice has ended.', 'Create another one.');
    }
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
