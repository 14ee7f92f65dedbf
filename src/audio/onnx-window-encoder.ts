/**
 * @file A user's ONNX graph as a WindowEncoder. The graph has
 *
 *   one input, any name    f32[1, samples]        16 kHz, as many samples as the window has
 *   `embeddings`           f32[1, frames, 256]    25 frames per second or more; any name if it is the only output
 *   `speech`, optional     f32[1, frames]         probability of speech
 *
 * and contains its weights. It is run once on silence when it is loaded, so that an unsuitable graph is rejected then
 * and not in the middle of a voice.
 */

import { EMBEDDING_SIZE } from '../core/audio-types';
import { SAMPLES_PER_FRAME } from '../core/time';
import { TalkingPortraitError } from '../errors';
import {
  createOnnxSessionFromBytes,
  type InferenceSession,
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxRuntimeOptions,
  type OnnxTensor,
  runSession,
} from '../weights/onnx-session';
import type { EncodedWindow, WindowEncoder } from './window-audio-context';

const OUTPUT = 'embeddings';
const SPEECH = 'speech';
/**
 * Convolutions without padding lose a little at both ends: at most this many frames of 40 ms may be missing in a
 * window.
 */
const LOST_FRAMES = 3;

/**
 * Loads a user's encoder and runs it once.
 *
 * @param windowSamples length of the window at 16 kHz
 * @throws TalkingPortraitError `weights-corrupt` if onnxruntime rejects the graph, `invalid-option` if it is not such
 * an encoder
 */
export async function loadWindowEncoder(
  graph: Uint8Array,
  windowSamples: number,
  runtimeOptions: OnnxRuntimeOptions = {},
): Promise<WindowEncoder> {
  const ort = await loadOnnxRuntime(runtimeOptions);
  const session = await createOnnxSessionFromBytes(ort, 'audioEncoder', graph);
  const input = inputOf(session, windowSamples);
  const output = outputOf(session);
  const encode: WindowEncoder = async (pcm) =>
    readOutputs(await run(ort, session, input, pcm), output, windowSamples / SAMPLES_PER_FRAME);
  await encode(new Float32Array(windowSamples));
  return encode;
}

function inputOf({ inputMetadata }: InferenceSession, windowSamples: number): string {
  const [input, ...others] = inputMetadata;
  if (!input || others.length > 0) {
    const remedy = 'Export it with the waveform, f32[1, samples], as its only input.';
    throw unsuitable('does not have exactly one input', remedy, inputMetadata.map(({ name }) => name).join(', '));
  }
  const [batch, samples, ...more] = input.isTensor ? input.shape : [];
  const fits = (size: number | string | undefined, wanted: number): boolean =>
    typeof size === 'string' || size === wanted;
  const isWave = input.isTensor && input.type === 'float32' && more.length === 0;
  if (!isWave || !fits(batch, 1) || !fits(samples, windowSamples)) {
    const shape = input.isTensor ? `${input.type}[${input.shape.join(', ')}]` : 'no tensor';
    const remedy = `Its input must take f32[1, ${windowSamples}], 16 kHz; windowSeconds sets the number of samples.`;
    throw unsuitable('does not accept a waveform of this length', remedy, `${input.name}: ${shape}`);
  }
  return input.name;
}

function outputOf({ outputNames }: InferenceSession): string {
  const candidates = outputNames.filter((name) => name !== SPEECH);
  if (candidates.includes(OUTPUT)) return OUTPUT;
  if (candidates.length === 1) return candidates[0]!;
  const remedy = `Name its f32[1, frames, ${EMBEDDING_SIZE}] "${OUTPUT}".`;
  throw unsuitable('has several outputs and none is named "embeddings"', remedy, outputNames.join(', '));
}

async function run(
  ort: OnnxRuntime,
  session: InferenceSession,
  input: string,
  pcm: Float32Array,
): Promise<InferenceSession.ReturnType> {
  try {
    return await runSession(session, { [input]: new ort.Tensor('float32', pcm, [1, pcm.length]) });
  } catch (cause) {
    const remedy = 'Run it in onnxruntime on f32[1, samples] of silence; it must work on WASM.';
    throw unsuitable('failed', remedy, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** @param windowFrames frames of 40 ms in the window */
function readOutputs(outputs: InferenceSession.ReturnType, name: string, windowFrames: number): EncodedWindow {
  const output = outputs[name]!;
  const [batch, length, size, ...more] = output.dims;
  if (output.type !== 'float32' || batch !== 1 || size !== EMBEDDING_SIZE || more.length > 0) {
    const remedy = `End it with a linear layer, so that it returns f32[1, frames, ${EMBEDDING_SIZE}].`;
    throw unsuitable('returns embeddings of the wrong shape', remedy, describe(name, output));
  }
  if (length! < windowFrames - LOST_FRAMES) {
    const remedy = 'It must return 25 frames per second or more; higher rates are interpolated to 25.';
    throw unsuitable(`returns fewer than the ${windowFrames} frames of the window`, remedy, describe(name, output));
  }
  const values = output.data as Float32Array;
  // A single NaN would stay in the motion transformer's history.
  if (!values.every(Number.isFinite)) {
    throw unsuitable('returned a number that is not finite', 'Look for a division by zero in silence.', name);
  }
  const speech = outputs[SPEECH];
  if (!speech) return { embeddings: { values, length: length!, size } };
  if (speech.type !== 'float32' || speech.data.length !== length) {
    throw unsuitable(
      'does not return one probability of speech for every frame',
      `Return f32[1, ${length}], or omit the output.`,
      describe(SPEECH, speech),
    );
  }
  return { embeddings: { values, length, size }, speech: { values: speech.data as Float32Array, length, size: 1 } };
}

function describe(name: string, { type, dims }: OnnxTensor): string {
  return `${name}: ${type}[${dims.join(', ')}]`;
}

function unsuitable(what: string, remedy: string, value: string, cause?: unknown): TalkingPortraitError {
  return new TalkingPortraitError('invalid-option', `The audioEncoder's graph ${what}.`, remedy, value, { cause });
}
