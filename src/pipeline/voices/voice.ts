/** @file Voice: the interface of everything that drives the portrait, and the time base of its motion frames. */
import type { PcmChunk } from '../../core/audio-types';

/** The callbacks through which a voice delivers PCM. */
export type VoiceInput = {
  /** @throws TalkingPortraitError as AudioEmbedder.push */
  push(chunk: PcmChunk): void;
  /** No more PCM comes. */
  end(): void;
  /**
   * Begins another audio stream for the frames that follow.
   *
   * @param isVoice whether it carries a voice; otherwise silence
   * @param warmUpFrames its first frames only give the encoder its context; no motion is made of them
   */
  restart(isVoice: boolean, warmUpFrames: number): void;
  /** PCM has arrived: check for due frames. */
  wake(): void;
  /** Reports an error in PCM that arrives asynchronously, where there is no caller to throw it to. */
  fail(error: unknown): void;
};

/** A voice, used by the voice clock: `begin`, any number of `pause` and `resume`, `stop`. Frames count from its beginning. */
export type Voice = {
  readonly kind: 'silence' | 'microphone' | 'played';
  /** False while a voice has paused for so long that the portrait no longer counts as speaking. */
  readonly isSpeaking: boolean;
  /** Begins with frame 0, on a fresh audio stream. @throws TalkingPortraitError as AudioEmbedder.push */
  begin(input: VoiceInput): void;
  /** PCM that comes from now on is dropped. */
  pause(): void;
  /** Continues from the current time, on a fresh audio stream. @returns the index of the next frame */
  resume(): number;
  /**
   * Supplies the PCM that follows a clock.
   *
   * @param made frames made so far, since `begin` or `resume`
   * @returns how many frames may have been made by now
   */
  framesDue(made: number): number;
  /** Whether it has ended by itself. */
  isOver(): boolean;
  /**
   * Start of the latency of a frame, ms since the epoch: the time at which its last sample was heard or, for a played
   * voice, at which its first sample is heard; undefined for a frame without sound. Called once per frame, in rising order.
   */
  heardAtEpochMs(frame: number): number | undefined;
  stop(): void;
};
