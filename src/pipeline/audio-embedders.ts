/** @file The audio room as the options want it: the library's streaming encoder, or a user's own over a window. */
import { AudioContextCache } from '../audio/audio-context-cache';
import type { AudioEmbedder } from '../audio/audio-embedder';
import { loadWindowEncoder } from '../audio/onnx-window-encoder';
import { WindowAudioContext } from '../audio/window-audio-context';
import { SAMPLE_RATE_HZ } from '../core/time';
import type { AnimatorOptions } from '../options/create-options';
import type { ModelLoader } from '../weights/model-loader';

/** @throws TalkingPortraitError `weights-missing`, `weights-corrupt`, `invalid-option` (a graph that is no encoder) */
export async function createAudioEmbedder(
  loader: ModelLoader,
  { lookaheadFrames, audioEncoder }: Pick<AnimatorOptions, 'lookaheadFrames' | 'audioEncoder'>,
): Promise<AudioEmbedder> {
  if (!audioEncoder) return AudioContextCache.load(loader, { lookaheadFrames });
  const { graph, windowSeconds, normalise } = audioEncoder;
  const encode = await loadWindowEncoder(new Uint8Array(await graph.arrayBuffer()), windowSeconds * SAMPLE_RATE_HZ);
  return new WindowAudioContext(encode, { lookaheadFrames, windowSeconds, normalise });
}
