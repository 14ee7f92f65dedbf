/** @file AudioEmbedder: what the pipeline needs of an audio room, whichever way the context of a frame is kept. */

import type { AudioEmbedding, PcmChunk } from '../core/audio-types';

/** From PCM chunks to audio embeddings. One stream at a time; `reset` begins the next. */
export type AudioEmbedder = {
  /** Frames that the stream has in all once it has ended, else Infinity. */
  readonly frames: number;
  /**
   * Takes PCM; the chunk may be reused after the call.
   *
   * @throws TalkingPortraitError `audio-not-finite`, `sample-rate`, `audio-corrupt` (chunk out of order), `closed` (after end)
   */
  push(chunk: PcmChunk): void;
  /** Ends the stream: its last frame and the look-ahead behind it are filled with silence. */
  end(): void;
  /** Forgets the stream; the next one begins at frame 0 after silence. */
  reset(): void;
  /**
   * The embedding of the next frame. Calls must not overlap.
   *
   * @returns null when more PCM is needed, or the stream has ended
   */
  next(): Promise<AudioEmbedding | null>;
};
