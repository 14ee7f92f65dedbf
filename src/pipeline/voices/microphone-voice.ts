/**
 * @file MicrophoneVoice: live PCM over a message port. A frame is due as soon as its PCM has arrived.
 *
 * PCM that could not be used in time, because the tab was frozen or the machine slept, is skipped: the portrait goes on with
 * what is heard now.
 */
import type { PcmChunk } from '../../core/audio-types';
import { FRAME_RATE_HZ, epochMs } from '../../core/time';
import type { Voice, VoiceInput } from './voice';

/** With more frames than this waiting, they are skipped. */
const MAX_BACKLOG_FRAMES = 12;

export class MicrophoneVoice implements Voice {
  readonly kind = 'microphone';
  readonly isSpeaking = true;
  #input: VoiceInput | undefined;
  #isPaused = false;
  /** Frames made before the current audio stream began. */
  #firstFrame = 0;
  /** Length of the current audio stream so far. */
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
    this.#input = input;
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
    this.#beginStream(0);
    return 0;
  }

  framesDue(made: number): number {
    const arrived = this.#firstFrame + Math.floor(this.#seconds * FRAME_RATE_HZ);
    if (arrived - made > MAX_BACKLOG_FRAMES) {
      this.#beginStream(made);
      this.#input?.restart(true, 0);
    }
    return Infinity;
  }

  isOver(): boolean {
    return false;
  }

  heardAtEpochMs(frame: number): number {
    while (this.#arrivals.length > 1 && this.#arrivals[0]!.frame <= frame) this.#arrivals.shift();
    return this.#arrivals[0]?.atEpochMs ?? epochMs();
  }

  stop(): void {
    this.#input = undefined;
    this.#port.close();
  }

  #beginStream(firstFrame: number): void {
    this.#firstFrame = firstFrame;
    this.#seconds = 0;
    this.#arrivals = [];
  }

  #take(chunk: PcmChunk, input: VoiceInput): void {
    this.#seconds += chunk.samples.length / chunk.sampleRate;
    const frame = this.#firstFrame + Math.floor(this.#seconds * FRAME_RATE_HZ);
    this.#arrivals.push({ frame, atEpochMs: epochMs() });
    try {
      input.push(chunk);
    } catch (error) {
      input.fail(error);
    }
  }
}
