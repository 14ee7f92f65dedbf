/**
 * @file Creates the audio embedder that the options specify: with the built-in streaming encoder, or with a custom
 * encoder over a window.
 */
import { loadStreamingEmbedder } from '../audio/audio-context-cache';
import type { AudioEmbedder } from '../audio/audio-embedder';
import { loadWindowEncoder } from '../audio/onnx-window-encoder';
import { createWindowEmbedder } from '../audio/window-audio-context';
import { SAMPLE_RATE_HZ } from '../core/time';
import type { AnimatorOptions } from '../options/create-options';
import type { ModelLoader } from '../weights/model-loader';

/**
 * @throws TalkingPortraitError `weights-missing`, `weights-corrupt`, `invalid-option` (a graph that is not an encoder)
 */
export async function createAudioEmbedder(
  loader: ModelLoader,
  { lookaheadFrames, audioEncoder }: Pick<AnimatorOptions, 'lookaheadFrames' | 'audioEncoder'>,
): Promise<AudioEmbedder> {
  if (!audioEncoder) return loadStreamingEmbedder(loader, lookaheadFrames);
  const { graph, windowSeconds, normalise } = audioEncoder;
  const encode = await loadWindowEncoder(new Uint8Array(await graph.arrayBuffer()), windowSeconds * SAMPLE_RATE_HZ);
  return createWindowEmbedder(encode, { lookaheadFrames, windowSeconds, normalise });
}
