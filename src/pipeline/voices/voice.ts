/** @file Voice: what drives the portrait, and the time base of its motion frames. */
import type { PcmChunk } from '../../core/audio-types';

/** Where a voice puts its PCM. */
export type VoiceInput = {
  /** @throws TalkingPortraitError as AudioEmbedder.push */
  push(chunk: PcmChunk): void;
  /** No more PCM comes. */
  end(): void;
  /** PCM has arrived: look for frames that are due. */
  wake(): void;
  /** An error of PCM that arrives by itself, where there is no caller to throw it to. */
  fail(error: unknown): void;
};

/** A voice, used by the voice clock: `begin`, any number of `pause` and `resume`, `stop`. Frames count from its beginning. */
export type Voice = {
  readonly kind: 'silence' | 'microphone' | 'played';
  /** Motion frames that it has in all; Infinity if it has no end. */
  readonly frameCount: number;
  /** Begins with frame 0, on a fresh audio stream. @throws TalkingPortraitError as AudioEmbedder.push */
  begin(input: VoiceInput): void;
  /** PCM that comes from now on is dropped. */
  pause(): void;
  /** Goes on from now, on a fresh audio stream. @returns the frame that comes next */
  resume(): number;
  /** Supplies the PCM that follows a clock. @returns how many frames may have been made by now */
  framesDue(): number;
  /**
   * Time that the latency of a frame counts from, ms since the epoch: when its last sample was heard; of a played voice, when
   * its first sample is heard. Asked once a frame, in rising order.
   */
  heardAtEpochMs(frame: number): number;
  stop(): void;
};

/** Now, in milliseconds since the epoch, the same on all threads. */
export const epochMs = (): number => performance.timeOrigin + performance.now();
