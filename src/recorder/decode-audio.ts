/** @file Decodes a sound file to PCM at its own sample rate. */
import {
  ADTS,
  AudioSampleSink,
  BlobSource,
  FLAC,
  Input,
  type InputAudioTrack,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from 'mediabunny';

import { repairWav } from '../core/repair-wav';
import { TalkingPortraitError } from '../errors';

/** Decoded sound: one array per channel, all of the same length, -1 ... 1. */
export type DecodedAudio = {
  channels: Float32Array<ArrayBuffer>[];
  sampleRate: number;
};

const FORMATS = [WAVE, FLAC, MP3, OGG, MP4, QTFF, WEBM, MATROSKA, ADTS];

/**
 * Decodes the first sound track of `file` as a whole.
 *
 * Sample i of the result is heard at i / sampleRate seconds: samples before time 0, which some codecs produce, are cut off, and
 * gaps are filled with silence.
 *
 * @throws TalkingPortraitError `audio-corrupt` when the file holds no sound that can be decoded
 */
export async function decodeAudio(file: Blob): Promise<DecodedAudio> {
  const input = new Input({ source: new BlobSource(await repairWav(file)), formats: FORMATS });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (track && (await track.canDecode())) return await decodeTrack(track);
  } catch (cause) {
    throw corrupt('The sound could not be decoded.', file, cause);
  } finally {
    input.dispose();
  }
  throw corrupt('The file holds no sound that this browser can decode.', file);
}

async function decodeTrack(track: InputAudioTrack): Promise<DecodedAudio> {
  const parts: { start: number; planes: Float32Array<ArrayBuffer>[] }[] = [];
  let sampleRate = 0;
  let length = 0;
  for await (const sample of new AudioSampleSink(track).samples()) {
    sampleRate ||= sample.sampleRate;
    const start = Math.round(sample.timestamp * sampleRate);
    const planes = Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(sample.numberOfFrames);
      sample.copyTo(plane, { planeIndex, format: 'f32-planar' });
      return plane;
    });
    parts.push({ start, planes });
    length = Math.max(length, start + sample.numberOfFrames);
    sample.close();
  }
  if (length === 0) throw new Error('the sound is empty');
  const channels = parts[0]!.planes.map((_, index) => {
    const channel = new Float32Array(length);
    for (const { start, planes } of parts) {
      const plane = planes[index];
      if (!plane || start + plane.length <= 0) continue;
      channel.set(start < 0 ? plane.subarray(-start) : plane, Math.max(0, start));
    }
    return channel;
  });
  return { channels, sampleRate };
}

function corrupt(what: string, file: Blob, cause?: unknown): TalkingPortraitError {
  const reason = cause instanceof Error ? cause.message : undefined;
  return new TalkingPortraitError(
    'audio-corrupt',
    what,
    'Use an intact WAV, FLAC, MP3 or Ogg file.',
    reason ?? `${file.size} bytes`,
    { cause },
  );
}
