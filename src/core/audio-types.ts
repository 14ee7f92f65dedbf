/** @file Data types of the sound: PCM as it comes in, and what the audio encoder says about each video frame. */

/** A piece of mono PCM, -1 ... 1. */
export type PcmChunk = {
  samples: Float32Array;
  /** Hz. */
  sampleRate: number;
  /** Index of the first sample in its stream, at `sampleRate`. */
  startSample: number;
};

/** Length of an embedding. The motion transformer expects it, so audio encoders of users must have it too. */
export const EMBEDDING_SIZE = 256;
/** Length of `AudioEmbedding.articulation`. */
export const ARTICULATION_SIZE = 6;

/** What the audio encoder says about one video frame. */
export type AudioEmbedding = {
  /** Index of the video frame. The embedding depends on samples up to 640 (frame + 1) + look-ahead, at 16 kHz. */
  frame: number;
  /** f32[256]. */
  values: Float32Array;
  /** Probability of speech, 0 ... 1. */
  speech: number;
  /** Whether somebody is speaking: `speech` and `level` after the speech gate, which bridges short pauses. */
  speaking: boolean;
  /**
   * f32[6], probabilities 0 ... 1 of what facial landmarks cannot show: tip of the tongue up (L T D N), tongue between the
   * teeth (TH), back of the tongue up (K G, U O), lips pressed (M B P), lower lip at the upper teeth (F V), lips rounded
   * (U O W). Zeros if the audio encoder has no such output.
   */
  articulation: Float32Array;
  /** RMS of the frame's own 40 ms, dBFS, -100 ... 0. Speech gate, head accents and level meter use it; it never moves the lips. */
  level: number;
};

/** What the speech gate and the procedural motion need of an embedding. */
export type VoiceActivity = Pick<AudioEmbedding, 'speech' | 'level'>;
