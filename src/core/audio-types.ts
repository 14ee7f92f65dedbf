/** @file Data types of the audio path: incoming PCM, and the output of the audio encoder for each video frame. */

/** A block of mono PCM, -1 ... 1. */
export type PcmChunk = {
  samples: Float32Array;
  /** Hz. */
  sampleRate: number;
  /** Index of the first sample in its stream, at `sampleRate`. */
  startSample: number;
};

/** Length of an embedding. The motion transformer expects it, so custom audio encoders must return it too. */
export const EMBEDDING_SIZE = 256;
/** Length of `AudioEmbedding.articulation`. */
export const ARTICULATION_SIZE = 6;

/** The output of the audio path for one video frame. */
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
   * f32[6], probabilities 0 ... 1 of articulations that facial landmarks cannot show: tip of the tongue up (L T D N),
   * tongue between the teeth (TH), back of the tongue up (K G, U O), lips pressed (M B P), lower lip at the upper teeth
   * (F V), lips rounded (U O W). Zeros if the audio encoder has no such output.
   */
  articulation: Float32Array;
  /**
   * RMS over the 40 ms of the frame, dBFS, -100 ... 0. Used by speech gate, head accents and level meter, never for the
   * lips.
   */
  level: number;
};

/** The part of an embedding that speech gate and procedural motion need. */
export type VoiceActivity = Pick<AudioEmbedding, 'speech' | 'level'>;
