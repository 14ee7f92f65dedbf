/** @file Silence: zeros in real time, so that a portrait without a voice runs through the same pipeline. */
import { FRAME_MS, SAMPLES_PER_FRAME, SAMPLE_RATE_HZ, epochMs } from '../../core/time';
import type { Voice, VoiceInput } from './voice';

export class Silence implements Voice {
  readonly kind = 'silence';
  readonly isSpeaking = false;
  #input: VoiceInput | undefined;
  #startEpochMs = 0;
  /** Frames of zeros supplied so far. */
  #supplied = 0;

  begin(input: VoiceInput): void {
    this.#input = input;
    this.resume();
  }

  pause(): void {}

  resume(): number {
    this.#startEpochMs = epochMs();
    this.#supplied = 0;
    return 0;
  }

  framesDue(): number {
    const due = Math.floor((epochMs() - this.#startEpochMs) / FRAME_MS);
    for (; this.#supplied < due; this.#supplied++) {
      const samples = new Float32Array(SAMPLES_PER_FRAME);
      const startSample = this.#supplied * SAMPLES_PER_FRAME;
      this.#input?.push({ samples, sampleRate: SAMPLE_RATE_HZ, startSample });
    }
    return due;
  }

  isOver(): boolean {
    return false;
  }

  heardAtEpochMs(frame: number): number {
    return this.#startEpochMs + (frame + 1) * FRAME_MS;
  }

  stop(): void {
    this.#input = undefined;
  }
}
