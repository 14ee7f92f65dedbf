/**
 * @file Capture worklet: collects the render quanta of the audio thread (128 samples) into mono chunks of 20 ms and sends them
 * to the animator worker, over a port of its own. It imports nothing, because an AudioWorklet module is not bundled.
 *
 * The worker returns used buffers over the same port. They are used again, so that the audio thread, where a garbage collection
 * can be heard, allocates nothing in the steady state.
 */

const CHUNKS_PER_SECOND = 50;
/** There are more only after the worker was slow; those are left to the garbage collector. */
const MAX_SPARE_BUFFERS = 16;

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #chunkSamples = Math.round(sampleRate / CHUNKS_PER_SECOND);
  readonly #spare: ArrayBuffer[] = [];
  #target: MessagePort | undefined;
  #ended = false;
  #chunk = new Float32Array(this.#chunkSamples);
  #filled = 0;
  /** Index of the first sample of the chunk in the stream. */
  #startSample = 0;

  constructor() {
    super();
    // The main thread sends the port that leads to the worker; null ends the capture.
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
    if (this.#ended) return false; // Lets the browser free the node.
    if (!this.#target) return true;
    // Without channels the source is silent or not connected yet: zeros, so that time goes on.
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
