/** @file Voice: what `speak` and `listen` return, and how a voice ends. */
import type { TalkingPortraitError } from '../errors';

/**
 * Why a voice is over. `finished`: it was heard to its end. `interrupted`: `stop`, `interrupt`, `close` or its signal ended it.
 * `replaced`: a newer voice took its place. `failed`: see `VoiceEnd.error`.
 */
export type VoiceEndReason = 'finished' | 'interrupted' | 'replaced' | 'failed';

/** How a voice ended. */
export type VoiceEnd = {
  /** Why it is over. */
  reason: VoiceEndReason;
  /** How much of it was heard, ms. */
  spokenMs: number;
  /** The captions that were heard, joined. */
  text: string;
  /** Why it failed. */
  error?: TalkingPortraitError;
};

/** Words of a voice and when they are heard. */
export type Caption = {
  /** The words. */
  text: string;
  /** When they begin, ms from the beginning of the voice. */
  startMs: number;
  /** When they end, ms from the beginning of the voice. */
  endMs: number;
};

/** Options of `listen` and `speak`. */
export type VoiceOptions = {
  /** Ends the voice when it aborts. */
  signal?: AbortSignal;
  /** Name of the voice in events. @defaultValue 'voice-1', 'voice-2', … */
  id?: string;
};

/** Options of `speak`. */
export type SpeakOptions = VoiceOptions & {
  /**
   * Whether it waits until the voices before it have been heard, and follows without a gap. Otherwise it replaces them.
   * @defaultValue false
   */
  queue?: boolean;
  /** Sample rate of the chunks of a stream of PCM, Hz. Without it a stream of bytes is an encoded sound file. */
  sampleRate?: number;
  /** Words with times, told by `caption` events as they are heard. */
  captions?: readonly Caption[];
};

/** Options of `createVoice`. */
export type CreateVoiceOptions = VoiceOptions & {
  /** As in `speak`. @defaultValue false */
  queue?: boolean;
  /** Sample rate of the chunks, Hz. */
  sampleRate: number;
};

/**
 * A voice that drives the portrait. Awaiting it waits for its end: `await portrait.speak('hello.mp3')`; then a voice that failed
 * throws its error.
 */
export type Voice = Promise<VoiceEnd> & {
  /** Its name. */
  readonly id: string;
  /** Resolves when it is heard, or followed, for the first time. @throws TalkingPortraitError if it never is */
  readonly started: Promise<void>;
  /** Resolves once, when the voice is over; never rejects. */
  readonly ended: Promise<VoiceEnd>;
  /** Ends it now. */
  stop(): Promise<VoiceEnd>;
  /** Lets the sound stand still; the portrait rests. Only of voices that are spoken. */
  pause(): void;
  /** Lets the sound go on. */
  resume(): void;
};

/** A voice whose sound the page writes piece by piece. */
export type WritableVoice = Voice & {
  /**
   * Appends PCM: Float32 in -1 … 1 or Int16, mono, at the rate of `createVoice`.
   *
   * @param options.text words of this chunk, told by a `caption` event as they are heard
   * @returns when the voice can take more; to write without waiting is allowed
   * @throws TalkingPortraitError `closed` after the end; `invalid-option`, and the voice goes on
   */
  write(chunk: Float32Array | Int16Array | ArrayBuffer, options?: { text?: string }): Promise<void>;
  /** Nothing more is written. The voice goes on to its end. */
  end(): void;
  /** The same as `stop`: ends it now. Tells how much was heard. */
  interrupt(): Promise<VoiceEnd>;
};
