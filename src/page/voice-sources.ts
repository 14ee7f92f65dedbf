/** @file What `speak` accepts, as a sequence of blocks of PCM. */
import { refuse } from '../core/check-arguments';
import { describeValue } from '../core/describe-value';
import { TalkingPortraitError } from '../errors';
import type { Source } from '../options/source';
import { decodeFile, decodeStream } from './decode-sound';
import { fetchSource } from './fetch-source';
import { channelsOf, isAudioBuffer } from './audio-buffer';
import { isPcm, type PcmBlock, type PcmChunkSource, PcmReader } from './pcm-blocks';

/** A chunk of a streamed voice: PCM, or bytes (of PCM if a sample rate is given, otherwise of a sound file). */
export type VoiceChunk = PcmChunkSource | ArrayBuffer | Uint8Array;

/** What `speak` accepts: a sound file, decoded sound, a live stream, or a stream of chunks. */
export type SpeakSource = Source | AudioBuffer | MediaStream | ReadableStream<VoiceChunk> | AsyncIterable<VoiceChunk>;

/** A long buffer is passed on in pieces, so that the first one is heard at once. */
const SLICE_SECONDS = 1;

/**
 * Reads a source that is not a MediaStream.
 *
 * @param options.sampleRate of chunks that do not tell it
 * @throws TalkingPortraitError `audio-corrupt`, `invalid-option` (it cannot be fetched), `sample-rate`, `audio-not-finite`
 */
export async function* readSource(
  source: Exclude<SpeakSource, MediaStream>,
  { context, sampleRate, signal }: { context: BaseAudioContext; sampleRate: number | undefined; signal: AbortSignal },
): AsyncGenerator<PcmBlock> {
  if (isAudioBuffer(source)) yield* slices(source);
  else if (typeof source === 'string' || source instanceof URL || source instanceof Blob) {
    yield* decodeFile(await fetchSource(source, signal), context);
  } else yield* readChunks(chunksOf(source), context, sampleRate);
}

function* slices(buffer: AudioBuffer): Generator<PcmBlock> {
  const { sampleRate, length } = buffer;
  const step = Math.round(SLICE_SECONDS * sampleRate);
  for (let start = 0; start < length; start += step) {
    yield { channels: channelsOf(buffer, start, start + step), sampleRate };
  }
}

async function* readChunks(
  chunks: AsyncGenerator<VoiceChunk>,
  context: BaseAudioContext,
  sampleRate: number | undefined,
): AsyncGenerator<PcmBlock> {
  const first = await chunks.next();
  if (first.done) return;
  if (sampleRate === undefined && !isPcm(first.value)) {
    yield* decodeStream(bytesOf(first.value, chunks), context);
    return;
  }
  const reader = new PcmReader(sampleRate);
  yield reader.read(first.value);
  for await (const chunk of chunks) yield reader.read(chunk);
}

/** @throws TalkingPortraitError `invalid-option`, and `audio-corrupt` when the source itself throws */
async function* chunksOf(source: ReadableStream<VoiceChunk> | AsyncIterable<VoiceChunk>): AsyncGenerator<VoiceChunk> {
  const { [Symbol.asyncIterator]: iterate, getReader } = Object(source) as Partial<
    AsyncIterable<VoiceChunk> & ReadableStream<VoiceChunk>
  >;
  if (typeof iterate !== 'function' && typeof getReader !== 'function') {
    const remedy = 'Use a URL, Blob, AudioBuffer, MediaStream, ReadableStream or async iterable of chunks.';
    refuse('This cannot be spoken.', remedy, source);
  }
  const chunks = iterate ? (source as AsyncIterable<VoiceChunk>) : readFrom(source as ReadableStream<VoiceChunk>);
  try {
    yield* chunks;
  } catch (cause) {
    if (cause instanceof TalkingPortraitError) throw cause;
    const what = 'The source of the voice failed.';
    throw new TalkingPortraitError('audio-corrupt', what, 'See the cause of this error.', messageOf(cause), { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : describeValue(cause);
}

async function* readFrom(source: ReadableStream<VoiceChunk>): AsyncGenerator<VoiceChunk> {
  const reader = source.getReader(); // Safari cannot iterate over it.
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    void reader.cancel().catch(() => {});
  }
}

async function* bytesOf(first: VoiceChunk, rest: AsyncIterable<VoiceChunk>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield asBytes(first);
  for await (const chunk of rest) yield asBytes(chunk);
}

function asBytes(chunk: VoiceChunk): Uint8Array<ArrayBuffer> {
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (chunk instanceof Uint8Array) return new Uint8Array(chunk);
  throw new TalkingPortraitError(
    'audio-corrupt',
    'The stream mixes bytes and other chunks.',
    'Send chunks of one kind.',
    typeof chunk,
  );
}
