/**
 * @file Capture worklet: collects the 128-sample quanta of the audio thread into chunks of 20 ms of mono PCM and sends
 * them over a port that leads straight to the animator worker. It imports nothing: an AudioWorklet module has no bundle.
 *
 * Buffers that the worker is done with come back over the same port and are used again, so that the audio thread, where
 * a garbage collection can be heard, allocates nothing in the steady state.
 */

const CHUNKS_PER_SECOND = 50;
/** More spare buffers than this means that the worker was slow once; the rest is left to the collector. */
const MAX_SPARE_BUFFERS = 16;

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #chunkSamples = Math.round(sampleRate / CHUNKS_PER_SECOND);
  readonly #spare: ArrayBuffer[] = [];
  #target: MessagePort | undefined;
  #ended = false;
  #chunk = new Float32Array(this.#chunkSamples);
  #filled = 0;
  /** Index of the chunk's first sample in the stream. */
  #startSample = 0;

  constructor() {
    super();
    // The main thread hands over the port to the worker; null ends the capture.
    this.port.onmessage = ({ data }: MessageEvent<MessagePort | null>) => {
      this.#target = data ?? undefined;
      this.#ended = !data;
      if (!this.#target) return;
      this.#target.onmessage = ({ data: buffer }: MessageEvent<ArrayBuffer>) => {
        if (this.#spare.length < MAX_SPARE_BUFFERS) this.#spare.push(buffer);
      };
    };
  }

  process([channels]: Float32Array[][]): boolean {
    if (this.#ended) return false; // lets the browser free the node
    if (!this.#target) return true;
    // No channels: the source is silent or not connected yet; time goes on all the same.
    const quantum = channels?.[0]?.length ?? 128;
    for (let i = 0; i < quantum; i++) {
      let sum = 0;
      for (const channel of channels ?? []) sum += channel[i]!;
      this.#chunk[this.#filled++] = channels?.length ? sum / channels.length : 0;
      if (this.#filled === this.#chunkSamples) this.#send(this.#target);
    }
    return true;
  }

  #send(target: MessagePort): void {
    target.postMessage({ samples: this.#chunk, sampleRate, startSample: this.#startSample }, [this.#chunk.buffer]);
    this.#startSample += this.#chunkSamples;
    const spare = this.#spare.pop();
    this.#chunk = spare ? new Float32Array(spare) : new Float32Array(this.#chunkSamples);
    this.#filled = 0;
  }
}

registerProcessor('talking-portrait-capture', CaptureProcessor);
