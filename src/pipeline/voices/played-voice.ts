/**
 * @file PlayedVoice: a voice that the page plays. All of its PCM is available from the start; frames follow the clock
 * of the playback.
 */
import type { PcmChunk } from '../../core/audio-types';
import { FRAME_MS, FRAME_RATE_HZ } from '../../core/time';
import { epochMs, type Voice, type VoiceInput } from './voice';

export class PlayedVoice implements Voice {
  readonly kind = 'played';
  readonly frameCount: number;
  #input: VoiceInput | undefined;
  readonly #pcm: PcmChunk;
  readonly #heardAtEpochMs: number;
  readonly #leadMs: () => number;

  /**
   * @param pcm the whole voice
   * @param heardAtEpochMs when its first sample is heard
   * @param leadMs time before a frame is heard at which making it must begin, so that it appears in time
   */
  constructor(pcm: PcmChunk, heardAtEpochMs: number, leadMs: () => number) {
    this.#pcm = pcm;
    this.#heardAtEpochMs = heardAtEpochMs;
    this.#leadMs = leadMs;
    // Multiplied first, so that the count is exact and equals that of the audio encoder: an extra frame would never be
    // made.
    this.frameCount = Math.ceil((pcm.samples.length * FRAME_RATE_HZ) / pcm.sampleRate);
  }

  begin(input: VoiceInput): void {
    this.#input = input;
    this.#supplyFrom(0);
  }

  pause(): void {}

  resume(): number {
    const frame = Math.min(this.frameCount, Math.max(0, this.framesDue() - 1));
    if (frame < this.frameCount) this.#supplyFrom(frame);
    return frame;
  }

  framesDue(): number {
    return Math.floor((epochMs() + this.#leadMs() - this.#heardAtEpochMs) / FRAME_MS) + 1;
  }

  heardAtEpochMs(frame: number): number {
    return this.#heardAtEpochMs + frame * FRAME_MS;
  }

  stop(): void {
    this.#input = undefined;
  }

  #supplyFrom(frame: number): void {
    const { samples, sampleRate } = this.#pcm;
    const startSample = Math.floor((frame * sampleRate) / FRAME_RATE_HZ);
    this.#input?.push({ samples: samples.subarray(startSample), sampleRate, startSample });
    this.#input?.end();
  }
}
