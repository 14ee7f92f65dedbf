/**
 * @file Plays a voice on the main thread and determines when its first sample is heard, so that the picture can follow.
 */
import type { PcmChunk } from '../core/audio-types';
import { mixToMono } from '../core/mix-to-mono';
import { TalkingPortraitError } from '../errors';

/** Time between the call and the first sound, in which the worker makes and draws the first frames. */
const START_DELAY_S = 0.25;

/** A voice that is being played. */
export type Playback = {
  /** The whole voice. */
  pcm: PcmChunk;
  /** When its first sample is heard, ms since the epoch. */
  heardAtEpochMs: number;
  /** Resolves when the last sample has been played or `stop` was called. */
  ended: Promise<void>;
  stop(): void;
};

/** Decodes an audio file. @throws TalkingPortraitError `audio-corrupt` */
export async function decodeVoice(context: BaseAudioContext, file: Blob): Promise<AudioBuffer> {
  try {
    return await context.decodeAudioData(await file.arrayBuffer());
  } catch (cause) {
    throw new TalkingPortraitError(
      'audio-corrupt',
      'The sound could not be decoded.',
      'Use WAV, FLAC, MP3, Ogg or another format that this browser plays.',
      file.type || undefined,
      { cause },
    );
  }
}

/** Starts `buffer` on `context`, which must be running. */
export function playVoice(context: AudioContext, buffer: AudioBuffer): Playback {
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  const startAt = context.currentTime + START_DELAY_S;
  source.start(startAt);
  const ended = new Promise<void>((resolve) => source.addEventListener('ended', () => resolve(), { once: true }));
  // getOutputTimestamp pairs a context time with the moment at which it leaves the loudspeaker. Where it has no values yet
  // (in the first milliseconds, on some devices), the reported output latency is used instead.
  const output = context.getOutputTimestamp();
  const now = performance.timeOrigin + performance.now();
  const heardAtEpochMs =
    output.contextTime && output.performanceTime
      ? performance.timeOrigin + output.performanceTime + (startAt - output.contextTime) * 1000
      : now + (startAt - context.currentTime + (context.outputLatency || 0)) * 1000;
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
  return {
    pcm: { samples: mixToMono(channels), sampleRate: buffer.sampleRate, startSample: 0 },
    heardAtEpochMs,
    ended,
    stop: () => source.stop(),
  };
}
