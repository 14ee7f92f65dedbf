/** @file PcmBlocks: PCM of any kind as blocks of equal form, and their way to the sample rate of an AudioContext. */
import { assertFinite, assertSampleRate } from '../core/pcm-checks';
import { Resampler } from '../core/resampler';
import { TalkingPortraitError } from '../errors';
import { channelsOf, isAudioBuffer } from './audio-buffer';

/** PCM, -1 … 1; all channels have the same length. */
export type PcmBlock = { channels: Float32Array<ArrayBuffer>[]; sampleRate: number };

/** PCM as speech engines send it. The engines of transformers.js and kokoro-js yield `{ audio, sampling_rate }`. */
export type PcmChunkSource =
  | Float32Array
  | Int16Array
  | AudioBuffer
  | {
      /** Mono, -1 … 1. */
      audio: Float32Array;
      /** Hz. */
      sampling_rate: number;
    };

/** Whether it can be PCM without further knowledge. */
export function isPcm(chunk: unknown): chunk is PcmChunkSource {
  if (chunk instanceof Float32Array || chunk instanceof Int16Array || isAudioBuffer(chunk)) return true;
  const { audio } = (chunk ?? {}) as { audio?: unknown };
  return audio instanceof Float32Array;
}

/** Turns chunks of any size into blocks. One per stream: a sample that is cut in two by chunks of bytes is put together. */
export class PcmReader {
  /** The first byte of a sample whose second byte comes with the next chunk. */
  #oddByte: number | undefined;
  readonly #sampleRate: number | undefined;

  /** @param sampleRate of chunks that do not tell it, Hz */
  constructor(sampleRate: number | undefined) {
    if (sampleRate !== undefined) assertSampleRate(sampleRate);
    this.#sampleRate = sampleRate;
  }

  /** @throws TalkingPortraitError `sample-rate`, `audio-not-finite`, `audio-corrupt` */
  read(chunk: PcmChunkSource | ArrayBuffer | ArrayBufferView): PcmBlock {
    const block = this.#convert(chunk);
    assertSampleRate(block.sampleRate);
    for (const channel of block.channels) assertFinite(channel);
    return block;
  }

  #convert(chunk: PcmChunkSource | ArrayBuffer | ArrayBufferView): PcmBlock {
    if (isAudioBuffer(chunk)) return { channels: channelsOf(chunk), sampleRate: chunk.sampleRate };
    if (chunk instanceof Float32Array) return { channels: [chunk.slice()], sampleRate: this.#rate() };
    if (chunk instanceof Int16Array) return { channels: [fromInt16(chunk)], sampleRate: this.#rate() };
    if (chunk instanceof ArrayBuffer) return this.#fromBytes(new Uint8Array(chunk));
    if (ArrayBuffer.isView(chunk)) {
      return this.#fromBytes(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    }
    if (isPcm(chunk)) return { channels: [chunk.audio.slice()], sampleRate: chunk.sampling_rate };
    throw new TalkingPortraitError(
      'audio-corrupt',
      'A chunk of the voice is not PCM.',
      'Send Float32Array, Int16Array, bytes of 16-bit PCM, or AudioBuffer.',
      typeof chunk,
    );
  }

  #fromBytes(bytes: Uint8Array): PcmBlock {
    const whole = new Uint8Array(bytes.length + (this.#oddByte === undefined ? 0 : 1));
    if (this.#oddByte !== undefined) whole[0] = this.#oddByte;
    whole.set(bytes, whole.length - bytes.length);
    this.#oddByte = whole.length % 2 === 1 ? whole.at(-1) : undefined;
    const view = new DataView(whole.buffer);
    const samples = Float32Array.from({ length: whole.length >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32_768);
    return { channels: [samples], sampleRate: this.#rate() };
  }

  #rate(): number {
    if (this.#sampleRate !== undefined) return this.#sampleRate;
    throw new TalkingPortraitError(
      'sample-rate',
      'The sample rate of the voice is not known.',
      'Give `sampleRate` in the options.',
    );
  }
}

function fromInt16(samples: Int16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(samples, (value) => value / 32_768);
}

/** Converts blocks to one sample rate. A voice keeps its number of channels, at most two. */
export class BlockResampler {
  #resamplers: Resampler[] = [];
  readonly #outputRateHz: number;

  constructor(outputRateHz: number) {
    this.#outputRateHz = outputRateHz;
  }

  /** @returns one or two channels */
  convert({ channels, sampleRate }: PcmBlock): Float32Array<ArrayBuffer>[] {
    const kept = channels.slice(0, 2);
    if (sampleRate === this.#outputRateHz) return kept;
    if (this.#resamplers[0]?.rateHz !== sampleRate || this.#resamplers.length < kept.length) {
      this.#resamplers = kept.map(() => new Resampler(sampleRate, this.#outputRateHz));
    }
    return kept.map((channel, c) => this.#resamplers[c]!.push(channel) as Float32Array<ArrayBuffer>);
  }
}
