/** @file What the library reads of an AudioBuffer. */

/** Whether it is an AudioBuffer. */
export function isAudioBuffer(value: unknown): value is AudioBuffer {
  return typeof AudioBuffer === 'function' && value instanceof AudioBuffer;
}

/** Its samples from `start` to `end`, one new array per channel. */
export function channelsOf(buffer: AudioBuffer, start = 0, end = buffer.length): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c).slice(start, end));
}
