/** @file VoiceSink: what receives the voices of the page, and what hears of them. */
import type { Caption } from './voice';
import type { TalkingPortraitError } from '../errors';

/** The receiver of voices: the animator worker. */
export type VoiceSink = {
  /** Follows a live voice. @param pcm delivers PcmChunks; transferred */
  listen(pcm: MessagePort): Promise<void>;
  /** Follows a voice that is played; see AnimatorApi.speak. @param messages transferred */
  speak(messages: MessagePort, sampleRate: number): Promise<void>;
  /** Silence. */
  stop(): Promise<void>;
};

export type VoiceHooks = {
  /** Words are heard. */
  onCaption(voiceId: string, caption: Caption): void;
  /** A voice has failed and nobody waits for its end. */
  onError(error: TalkingPortraitError): void;
};
