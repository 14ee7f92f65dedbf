/**
 * @file Audio worklet: the two processors of the audio thread. It imports nothing but types, because an AudioWorklet module is
 * not bundled.
 */
import type { PlaybackMark, PlaybackMessage } from '../src/core/playback-messages';

const CHUNKS_PER_SECOND = 50;
/** There are more only after the worker was slow; those are left to the garbage collector. */
const MAX_SPARE_BUFFERS = 16;

/**
 * Collects render quanta (128 samples) into mono chunks of 20 ms and sends them to the animator worker, over a port of its own.
 * The worker returns used buffers over the same port. They are used again, so that the audio thread, where a garbage collection
 * can be heard, allocates nothing in the steady state.
 */
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
    const count = channels && cancel(channels) ? 1 : (channels?.length ?? 0);
    for (let i = 0; i < quantum; i++) {
      let sum = 0;
      for (let c = 0; c < count; c++) sum += channels![c]![i]!;
      this.#chunk[this.#filled++] = count > 0 ? sum / count : 0;
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

/** Whether two channels are in opposite phase, so that their mean would be silent. */
function cancel([left, right]: Float32Array[]): boolean {
  if (!left || !right) return false;
  let [sum, power] = [0, 0];
  for (let i = 0; i < left.length; i++) {
    sum += (left[i]! + right[i]!) ** 2;
    power += left[i]! ** 2 + right[i]! ** 2;
  }
  return sum < 0.02 * power;
}

/** Sound begins, and goes on after it has run dry, once this much of it has arrived. */
const BUFFERED_SECONDS = 0.08;
/** Length of the fades that keep a start or a stop from clicking. */
const FADE_SECONDS = 0.005;

/** A voice in the queue of the player. */
type QueuedVoice = {
  id: number;
  /** PCM that has not been played, one array per channel; the first chunk from `offset` on. */
  chunks: Float32Array[][];
  offset: number;
  /** Samples that have not been played. */
  left: number;
  /** Index of the next sample. */
  sample: number;
  hasEnded: boolean;
};

/**
 * Plays queued voices one after another without a gap, and reports at which frame of the context which sample begins to sound
 * or stops. Samples that have not arrived are not skipped: the sound stands still until they come.
 */
class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #queue: QueuedVoice[] = [];
  #isHeld = false;
  #isClosed = false;
  /** Whether the sound runs, as reported last. */
  #isRunning = false;
  /** 0 ... 1; moves by `#fadeStep` a sample towards 1 while the sound runs and towards 0 before it stops. */
  #gain = 0;
  readonly #fadeStep = 1 / (FADE_SECONDS * sampleRate);
  readonly #bufferedSamples = Math.round(BUFFERED_SECONDS * sampleRate);
  readonly #fadeSamples = Math.ceil(FADE_SECONDS * sampleRate);

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlaybackMessage>) => this.#take(data);
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
    if (this.#isClosed) return false;
    if (this.#queue.length === 0) return true;
    const length = output![0]!.length;
    for (let i = 0; i < length; i++) this.#playSample(output!, i);
    return true;
  }

  #take(message: PlaybackMessage): void {
    switch (message.kind) {
      case 'hold':
        this.#isHeld = message.isHeld;
        return;
      case 'close':
        this.#isClosed = true;
        return;
      case 'add':
        this.#queue.push({ id: message.voice, chunks: [], offset: 0, left: 0, sample: 0, hasEnded: false });
        return;
    }
    const voice = this.#queue.find(({ id }) => id === message.voice);
    if (!voice) return;
    switch (message.kind) {
      case 'pcm':
        voice.chunks.push(message.channels);
        voice.left += message.channels[0]!.length;
        return;
      case 'end':
        voice.hasEnded = true;
        return;
      case 'drop':
        this.#drop(voice);
    }
  }

  /** Removes a voice. What sounds of it now fades out. */
  #drop(voice: QueuedVoice): void {
    if (voice === this.#queue[0] && this.#isRunning) {
      voice.hasEnded = true;
      voice.left = Math.min(voice.left, this.#fadeSamples);
      return;
    }
    this.#queue.splice(this.#queue.indexOf(voice), 1);
    this.#report(voice, false, true, 0);
  }

  #playSample(output: Float32Array[], i: number): void {
    const voice = this.#queue[0];
    if (!voice) return;
    if (!this.#isRunning) {
      if (voice.hasEnded && voice.left === 0) return this.#finish(voice, i);
      if (this.#isHeld || (!voice.hasEnded && voice.left < this.#bufferedSamples)) return;
      this.#isRunning = true;
      this.#gain = 0;
      this.#report(voice, true, false, i);
    }
    // Fades out before it is held, and before it runs dry.
    const joinsNext = voice.hasEnded && (this.#queue[1]?.left ?? 0) > 0;
    const target = this.#isHeld || (voice.left <= this.#fadeSamples && !joinsNext) ? 0 : 1;
    const step = target > this.#gain ? this.#fadeStep : -this.#fadeStep;
    this.#gain = Math.max(0, Math.min(1, this.#gain + step));
    const channels = voice.chunks[0]!;
    for (let c = 0; c < output.length; c++) {
      output[c]![i] = this.#gain * (channels[c] ?? channels[0]!)[voice.offset]!;
    }
    voice.sample++;
    voice.left--;
    if (++voice.offset === channels[0]!.length) {
      voice.chunks.shift();
      voice.offset = 0;
    }
    if (voice.left === 0 && voice.hasEnded) this.#finish(voice, i + 1);
    else if (voice.left === 0 || (this.#isHeld && this.#gain === 0)) {
      this.#isRunning = false;
      this.#report(voice, false, false, i + 1);
    }
  }

  /** The voice has been played; the next one follows without a gap if it has PCM. */
  #finish(voice: QueuedVoice, i: number): void {
    this.#queue.shift();
    this.#report(voice, false, true, i);
    const next = this.#queue[0];
    this.#isRunning = this.#isRunning && next !== undefined && next.left > 0;
    if (this.#isRunning) this.#report(next!, true, false, i);
  }

  #report({ id, sample }: QueuedVoice, isRunning: boolean, isOver: boolean, i: number): void {
    const mark: PlaybackMark = { voice: id, sample, contextFrame: currentFrame + i, isRunning, isOver };
    this.port.postMessage(mark);
  }
}

registerProcessor('talking-portrait-capture', CaptureProcessor);
registerProcessor('talking-portrait-playback', PlaybackProcessor);
