/**
 * @file VoiceSource: owns the voice of a portrait on the main thread: the microphone or the played sound, and the AudioContext.
 *
 * There is at most one voice. Each call begins a new turn and ends the voice of the previous one. If an earlier turn
 * opens something after that (permission granted late, a file that decodes slowly), it is closed immediately, and its
 * call resolves as if the voice had been stopped.
 */
import type { PcmChunk } from '../core/audio-types';
import type { Logger } from '../core/logger';
import type { Source } from '../options/source';
import { fetchSource } from './fetch-source';
import { Microphone } from './microphone';
import { decodeVoice, type Playback, playVoice } from './speech-player';

/** The receiver of voices: the animator worker. */
export type VoiceSink = {
  /** Follows a live voice. @param pcm delivers PcmChunks; transferred */
  listen(pcm: MessagePort): Promise<void>;
  /** Follows a voice that is played. @param pcm transferred @param heardAtEpochMs when its first sample is heard */
  speak(pcm: PcmChunk, heardAtEpochMs: number): Promise<void>;
  /** Silence. */
  stop(): Promise<void>;
};

export class VoiceSource {
  #turn = 0;
  #microphone: Microphone | undefined;
  #playback: Playback | undefined;
  #audioContext: AudioContext | undefined;
  readonly #sink: VoiceSink;
  readonly #log: Logger;

  constructor(sink: VoiceSink, log: Logger) {
    this.#sink = sink;
    this.#log = log;
  }

  /**
   * Listens to a stream, or else to the microphone, until the next call.
   *
   * @param onEnded the device was unplugged or the permission revoked; not called if another voice has begun
   * @throws TalkingPortraitError as Microphone.open
   */
  listen(stream: MediaStream | undefined, workletUrl: string | URL, onEnded: () => void): Promise<void> {
    return this.#takeTurn(async (isCurrent) => {
      const { port1, port2 } = new MessageChannel();
      const ended = (): void => {
        if (isCurrent()) onEnded();
      };
      const microphone = await Microphone.open({ stream, workletUrl, port: port1, onEnded: ended });
      if (!isCurrent()) {
        port2.close();
        return microphone.close();
      }
      this.#microphone = microphone;
      this.#log.info('Microphone opened', { sampleRate: microphone.sampleRate });
      await this.#sink.listen(port2);
    });
  }

  /**
   * Plays a sound.
   *
   * @returns when it has ended or was stopped
   * @throws TalkingPortraitError `audio-corrupt`, `invalid-option` (it cannot be fetched), and what the sink throws
   */
  speak(source: AudioBuffer | Source): Promise<void> {
    return this.#takeTurn(async (isCurrent) => {
      const context = (this.#audioContext ??= new AudioContext());
      await context.resume();
      const buffer = source instanceof AudioBuffer ? source : await decodeVoice(context, await fetchSource(source));
      if (!isCurrent()) return;
      const playback = playVoice(context, buffer);
      this.#playback = playback;
      this.#log.info('Playback begun', { seconds: buffer.duration });
      try {
        await this.#sink.speak(playback.pcm, playback.heardAtEpochMs);
      } catch (error) {
        playback.stop();
        throw error;
      }
      await playback.ended;
      if (this.#playback === playback) this.#playback = undefined;
    });
  }

  /** Ends the voice; silence follows. */
  stop(): Promise<void> {
    return this.#takeTurn(() => this.#sink.stop());
  }

  /** Ends the voice and frees the AudioContext. */
  close(): Promise<void> {
    return this.#takeTurn(async () => {
      const context = this.#audioContext;
      this.#audioContext = undefined;
      await context?.close();
    });
  }

  /** Ends the voice, then runs `begin`, unless another turn has begun meanwhile. */
  async #takeTurn(begin: (isCurrent: () => boolean) => Promise<void>): Promise<void> {
    const turn = ++this.#turn;
    const isCurrent = (): boolean => turn === this.#turn;
    const [microphone, playback] = [this.#microphone, this.#playback];
    this.#microphone = undefined;
    this.#playback = undefined;
    playback?.stop();
    await microphone?.close();
    if (!isCurrent()) return;
    try {
      await begin(isCurrent);
    } catch (error) {
      if (isCurrent()) throw error;
    }
  }
}
