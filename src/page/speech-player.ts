/** @file Plays a voice on the main thread and tells when its first sample is heard, so that the picture can follow. */
import { TalkingPortraitError } from '../errors';

/** Time between the call and the first sound: the worker analyses the first frames and draws them meanwhile. */
const START_DELAY_S = 0.25;

/** A voice under way. */
export type Playback = {
  /** The voice as mono PCM, -1 ... 1. */
  samples: Float32Array<ArrayBuffer>;
  sampleRate: number;
  /** Moment at which sample 0 is heard, ms since the epoch. */
  heardAtEpochMs: number;
  /** Resolves when the last sample was played, or `stop` was called. */
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
      'Use WAV, FLAC, MP3, Ogg or what else this browser plays.',
      file.type || undefined,
      { cause },
    );
  }
}

/** Mean of all channels. */
export function mixToMono(buffer: AudioBuffer): Float32Array<ArrayBuffer> {
  const mono = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let i = 0; i < mono.length; i++) mono[i]! += samples[i]! / buffer.numberOfChannels;
  }
  return mono;
}

/** Starts `buffer` on `context`, which must be running. */
export function playVoice(context: AudioContext, buffer: AudioBuffer): Playback {
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  const startAt = context.currentTime + START_DELAY_S;
  source.start(startAt);
  const ended = new Promise<void>((resolve) => source.addEventListener('ended', () => resolve(), { once: true }));
  // getOutputTimestamp pairs a context time with the moment at which it leaves the loudspeaker; where it is not
  // there yet (first milliseconds, some devices) the reported output latency stands in.
  const output = context.getOutputTimestamp();
  const now = performance.timeOrigin + performance.now();
  const heardAtEpochMs =
    output.contextTime && output.performanceTime
      ? performance.timeOrigin + output.performanceTime + (startAt - output.contextTime) * 1000
      : now + (startAt - context.currentTime + (context.outputLatency || 0)) * 1000;
  return {
    samples: mixToMono(buffer),
    sampleRate: buffer.sampleRate,
    heardAtEpochMs,
    ended,
    stop: () => source.stop(),
  };
}
