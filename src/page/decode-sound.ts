/**
 * @file Decodes sound files piece by piece, so that a long one is heard at once: with mediabunny and WebCodecs, which are loaded
 * when a file needs them. Short files, and browsers without WebCodecs, use the decoder of the AudioContext.
 */
import { repairWav } from '../core/repair-wav';
import { TalkingPortraitError } from '../errors';
import { channelsOf } from './audio-buffer';
import type { PcmBlock } from './pcm-blocks';

/** Files up to this size are decoded as a whole, which takes well below 100 ms. */
const SHORT_FILE_BYTES = 300_000;

/** @throws TalkingPortraitError `audio-corrupt` */
export async function* decodeFile(original: Blob, context: BaseAudioContext): AsyncGenerator<PcmBlock> {
  const file = await repairWav(original);
  if (file.size <= SHORT_FILE_BYTES || !('AudioDecoder' in globalThis)) {
    yield decoded(await decodeWhole(context, file));
    return;
  }
  const { BlobSource } = await import('mediabunny');
  const decoding = decodeTrack(new BlobSource(file));
  let first: IteratorResult<PcmBlock>;
  try {
    first = await decoding.next();
  } catch {
    yield decoded(await decodeWhole(context, file)); // The context knows formats that WebCodecs do not.
    return;
  }
  if (first.done) throw corrupt(undefined, 'no sound in it');
  yield first.value;
  yield* decoding;
}

/** @throws TalkingPortraitError `audio-corrupt` */
export async function* decodeStream(
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  context: BaseAudioContext,
): AsyncGenerator<PcmBlock> {
  if (!('AudioDecoder' in globalThis)) {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const part of bytes) parts.push(part);
    yield decoded(await decodeWhole(context, new Blob(parts)));
    return;
  }
  const iterator = bytes[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  const { ReadableStreamSource } = await import('mediabunny');
  try {
    yield* decodeTrack(new ReadableStreamSource(stream));
  } catch (cause) {
    throw corrupt(cause);
  }
}

async function* decodeTrack(source: import('mediabunny').Source): AsyncGenerator<PcmBlock> {
  const { ALL_FORMATS, AudioBufferSink, Input } = await import('mediabunny');
  const input = new Input({ source, formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (!track) throw new Error('there is no sound track');
    if (!(await track.canDecode())) throw new Error(`the codec ${track.codec ?? 'of the sound'} is not supported`);
    for await (const { buffer } of new AudioBufferSink(track).buffers()) yield decoded(buffer);
  } finally {
    input.dispose();
  }
}

async function decodeWhole(context: BaseAudioContext, file: Blob): Promise<AudioBuffer> {
  try {
    return await context.decodeAudioData(await file.arrayBuffer());
  } catch (cause) {
    throw corrupt(cause, file.type || undefined);
  }
}

function decoded(buffer: AudioBuffer): PcmBlock {
  return { channels: channelsOf(buffer), sampleRate: buffer.sampleRate };
}

function corrupt(cause: unknown, value?: string): TalkingPortraitError {
  return new TalkingPortraitError(
    'audio-corrupt',
    'The sound could not be decoded.',
    'Use WAV, FLAC, MP3, Ogg or another format that this browser plays.',
    value ?? (cause instanceof Error ? cause.message : undefined),
    { cause },
  );
}
