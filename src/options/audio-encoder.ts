/** @file Options of an audio encoder that the user provides, and their checks. docs/guides/audio-encoders.md describes its graph. */
import { refuse } from '../core/check-arguments';
import type { Source } from './source';

/**
 * An audio encoder that does not stream (wav2vec 2.0, HuBERT, Whisper). For every chunk the last seconds of the voice are encoded
 * again and only the last frames are used, as in SoulX-FlashHead.
 */
export type AudioEncoderOptions = {
  /**
   * An ONNX file that contains its weights. One input f32[1, samples] at 16 kHz; output `embeddings` f32[1, frames, 256] at 25
   * frames per second or more; optional output `speech` f32[1, frames], 0 ... 1.
   */
  graph: Source;
  /** Length of its input in whole seconds, 2 ... 30; silence before the voice begins. @defaultValue 8 */
  windowSeconds?: number;
  /** Whether its input is scaled to zero mean and unit variance, as wav2vec 2.0 requires. @defaultValue true */
  normalise?: boolean;
};

/** The options after their check, with the graph fetched. */
export type ResolvedAudioEncoder = { graph: Blob; windowSeconds: number; normalise: boolean };

const [MIN_SECONDS, MAX_SECONDS] = [2, 30];

/**
 * Checks the options and fetches the graph.
 *
 * @throws TalkingPortraitError `invalid-option`, and what `fetchGraph` throws
 */
export async function resolveAudioEncoder(
  { graph, windowSeconds = 8, normalise = true }: AudioEncoderOptions,
  fetchGraph: (source: Source) => Promise<Blob>,
): Promise<ResolvedAudioEncoder> {
  if (!(Number.isInteger(windowSeconds) && windowSeconds >= MIN_SECONDS && windowSeconds <= MAX_SECONDS)) {
    const remedy = `Use a whole number from ${MIN_SECONDS} to ${MAX_SECONDS}.`;
    refuse('windowSeconds is out of range.', remedy, windowSeconds);
  }
  if (typeof normalise !== 'boolean') {
    refuse('normalise is not a boolean.', 'Use true or false.', normalise);
  }
  if (!graph) {
    refuse('The audioEncoder has no graph.', 'Set it to an ONNX file or its URL.', graph);
  }
  return { graph: await fetchGraph(graph), windowSeconds, normalise };
}
