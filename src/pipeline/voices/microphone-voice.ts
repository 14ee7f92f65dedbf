/** @file MicrophoneVoice: live PCM over a message port. A frame is due as soon as its PCM has arrived. */
import type { PcmChunk } from '../../core/audio-types';
import { FRAME_RATE_HZ } from '../../core/time';
import { epochMs, type Voice, type VoiceInput } from './voice';

export class MicrophoneVoice implements Voice {
  readonly kind = 'microphone';
  readonly frameCount = Infinity;
  #isPaused = false;
  /** Length of the audio stream so far. */
  #seconds = 0;
  /**
   * For each chunk that has been pushed, oldest first: the first frame that it does not complete, and its arrival time.
   */
  #arrivals: { frame: number; atEpochMs: number }[] = [];
  readonly #port: MessagePort;

  /** @param port delivers PcmChunks; their buffers are returned over it */
  constructor(port: MessagePort) {
    this.#port = port;
  }

  begin(input: VoiceInput): void {
    this.#port.onmessage = ({ data }: MessageEvent<PcmChunk>) => {
      if (!this.#isPaused) this.#take(data, input);
      this.#port.postMessage(data.samples.buffer, [data.samples.buffer]);
      if (!this.#isPaused) input.wake();
    };
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): number {
    this.#isPaused = false;
    this.#seconds = 0;
    this.#arrivals = [];
    return 0;
  }

  framesDue(): number {
    return Infinity;
  }

  heardAtEpochMs(frame: number): number {
    while (this.#arrivals.length > 1 && this.#arrivals[0]!.frame <= frame) this.#arrivals.shift();
    return this.#arrivals[0]?.atEpochMs ?? epochMs();
  }

  stop(): void {
    this.#port.close();
  }

  #take(chunk: PcmChunk, input: VoiceInput): void {
    this.#seconds += chunk.samples.length / chunk.sampleRate;
    this.#arrivals.push({ frame: Math.floor(this.#seconds * FRAME_RATE_HZ), atEpochMs: epochMs() });
    try {
      input.push(chunk);
    } catch (error) {
      input.fail(error);
    }
  }
}
