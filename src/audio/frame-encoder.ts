/**
 * @file FrameEncoder: the interface that every audio encoder implements, from 16 kHz PCM to one encoding per video
 * frame.
 */

/** The output of an encoder for one video frame. */
export type FrameEncoding = {
  /** f32[256], the audio embedding. */
  values: Float32Array;
  /** Probability of speech, 0 ... 1; undefined if the encoder does not give one. */
  speech: number | undefined;
  /** See AudioEmbedding; undefined if the encoder does not give one. */
  articulation: Float32Array | undefined;
};

/** Encodes one stream; the next stream gets a new FrameEncoder. */
export type FrameEncoder = {
  /** Takes the next samples of the stream, mono at 16 kHz. */
  push(samples: Float32Array): void;
  /**
   * Encodes the next frame. Calls must not overlap.
   *
   * @returns null if more samples are needed
   */
  next(): Promise<FrameEncoding | null>;
};
