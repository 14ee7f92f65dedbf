/** @file Public options of an audio encoder that the user brings, and their checks. How to make its graph: docs/guides/audio-encoders.md. */
import { TalkingPortraitError } from '../errors';
import type { Source } from './source';

/**
 * An encoder that does not stream (wav2vec 2.0, HuBERT, Whisper): the last seconds of the voice are encoded anew for every chunk
 * and the last frames kept, as SoulX-FlashHead does.
 */
export type AudioEncoderOptions = {
  /**
   * An ONNX file with its weights inside: one input f32[1, samples] at 16 kHz, output `embeddings` f32[1, frames, 256] at 25 frames a
   * second or more, and if it likes `speech` f32[1, frames], 0 ... 1.
   */
  graph: Source;
  /** Whole seconds of the voice that it gets, 2 ... 30; silence before the start. @defaultValue 8 */
  windowSeconds?: number;
  /** Whether it gets them with zero mean and unit variance, as wav2vec 2.0 wants them. @defaultValue true */
  normalise?: boolean;
};

/** The options as the worker gets them. */
export type ResolvedAudioEncoder = { graph: Blob; windowSeconds: number; normalise: boolean };

const [MIN_SECONDS, MAX_SECONDS] = [2, 30];

/**
 * Checks the options and gets the graph.
 *
 * @throws TalkingPortraitError `invalid-option`, and what `fetchGraph` throws
 */
export async function resolveAudioEncoder(
  { graph, windowSeconds = 8, normalise = true }: AudioEncoderOptions,
  fetchGraph: (source: Source) => Promise<Blob>,
): Promise<ResolvedAudioEncoder> {
  if (!(Number.isInteger(windowSeconds) && windowSeconds >= MIN_SECONDS && windowSeconds <= MAX_SECONDS)) {
    const remedy = `Use a whole number from ${MIN_SECONDS} to ${MAX_SECONDS}.`;
    throw new TalkingPortraitError('invalid-option', 'The windowSeconds are out of range.', remedy, windowSeconds);
  }
  if (typeof normalise !== 'boolean') {
    const what = 'normalise is not a boolean.';
    throw new TalkingPortraitError('invalid-option', what, 'Use true or false.', String(normalise));
  }
  if (!graph) {
    const what = 'The audioEncoder has no graph.';
    throw new TalkingPortraitError('invalid-option', what, 'Give an ONNX file or its URL.', String(graph));
  }
  return { graph: await fetchGraph(graph), windowSeconds, normalise };
}
