/** @file Plain data on the arrows between microphone, audio room and motion room. */

/** Mono PCM in [-1, 1]. */
export type PcmChunk = {
  samples: Float32Array;
  sampleRate: number;
  /** Index of the first sample in its stream, at `sampleRate`. */
  startSample: number;
};

/** Numbers of an embedding, as the motion transformer that ships takes them; so must an encoder that users bring. */
export const EMBEDDING_SIZE = 256;

/** What the audio room says about video frame `frame`. */
export type AudioEmbedding = {
  /** Covers samples up to 640 (frame + 1) + look-ahead, at 16 kHz. */
  frame: number;
  /** f32[256]. */
  values: Float32Array;
  /** Probability of speech, 0 ... 1. */
  speech: number;
  /**
   * f32[6], 0 ... 1: what landmarks do not see of the sound: tip of the tongue up (L T D N), between the teeth (TH), back of
   * the tongue up (K G, U O), lips pressed (M B P), lower lip at the upper teeth (F V), lips rounded (U O W). Absent
   * with model files of before.
   */
  articulation?: Float32Array;
  /** RMS of the frame's own 40 ms in dBFS, -100 ... 0; for gates and meters, it moves nothing. */
  level: number;
};
