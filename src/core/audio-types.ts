/** @file Plain data on the arrows between microphone, audio room and motion room. */

/** Mono PCM in [-1, 1]. */
export type PcmChunk = {
  samples: Float32Array;
  sampleRate: number;
  /** Index of the first sample in its stream, at `sampleRate`. */
  startSample: number;
};

/** What the audio room says about video frame `frame`. */
export type AudioEmbedding = {
  /** Covers samples up to 640 (frame + 1) + look-ahead, at 16 kHz. */
  frame: number;
  /** f32[D]. */
  values: Float32Array;
  /** Probability of speech, 0 ... 1. */
  speech: number;
  /** RMS of the frame's own 40 ms in dBFS, -100 ... 0; for gates and meters, it moves nothing. */
  level: number;
};
