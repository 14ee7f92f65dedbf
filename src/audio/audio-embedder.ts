/**
 * @file AudioEmbedder: PCM chunks in, audio embeddings out, with any encoder. The only class of the audio stage that
 * the pipeline calls.
 */

import type { AudioEmbedding, PcmChunk } from '../core/audio-types';
import { AudioStream } from './audio-stream';
import type { FrameEncoder } from './frame-encoder';

/** From PCM chunks to audio embeddings. One stream at a time; `reset` begins the next. */
export class AudioEmbedder {
  readonly #createEncoder: () => FrameEncoder;
  readonly #lookaheadFrames: number;
  #stream: AudioStream;

  /**
   * @param createEncoder makes the encoder of a stream
   * @param lookaheadFrames frames of 40 ms that the encoder waits for before it answers
   */
  constructor(createEncoder: () => FrameEncoder, lookaheadFrames: number) {
    this.#createEncoder = createEncoder;
    this.#lookaheadFrames = lookaheadFrames;
    this.#stream = new AudioStream(createEncoder(), lookaheadFrames);
  }

  /**
   * Takes PCM; the chunk may be reused after the call.
   *
   * @throws TalkingPortraitError `audio-not-finite`, `sample-rate`, `audio-corrupt` (chunk out of order), `closed` (after end)
   */
  push(chunk: PcmChunk): void {
    this.#stream.push(chunk);
  }

  /** Ends the stream: its last frame and the look-ahead after it are filled with silence. */
  end(): void {
    this.#stream.end();
  }

  /** Begins a new stream, at frame 0, as if silence came before it. */
  reset(): void {
    this.#stream = new AudioStream(this.#createEncoder(), this.#lookaheadFrames);
  }

  /**
   * The embedding of the next frame. Calls must not overlap.
   *
   * @returns null if more PCM is needed, if the stream has ended, or if it was reset while the frame was encoded
   */
  async next(): Promise<AudioEmbedding | null> {
    const stream = this.#stream;
    const embedding = await stream.next();
    return stream === this.#stream ? embedding : null;
  }
}
