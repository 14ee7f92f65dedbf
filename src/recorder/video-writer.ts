/** @file VideoWriter: encodes the pictures of a canvas and a sound track to an MP4 or WebM file. */
import {
  AudioSample,
  AudioSampleSource,
  BufferTarget,
  getFirstEncodableAudioCodec,
  getFirstEncodableVideoCodec,
  Mp4OutputFormat,
  Output,
  Quality,
  type AudioCodec,
  type VideoCodec,
  VideoSample,
  VideoSampleSource,
  WebMOutputFormat,
} from 'mediabunny';

import { TalkingPortraitError } from '../errors';
import type { DecodedAudio } from './decode-audio';
import { DIGITAL_SOURCE_TYPE, mp4Mark, SYNTHETIC_COMMENT } from './synthetic-mark';

/** File format of the video. */
export type Container = 'mp4' | 'webm';

export type VideoWriterOptions = {
  container: Container;
  /** Pixels. */
  width: number;
  height: number;
  /** Frame n is shown from n / fps to (n + 1) / fps seconds. */
  fps: number;
  /** Whether to keep the alpha of the pictures; WebM only. */
  transparent: boolean;
  /** Starts at 0 seconds. */
  sound: DecodedAudio;
  /** Whether the file says that a machine made it. */
  isMarked: boolean;
  /** Something that the user should know about the file. */
  onWarning?: ((text: string) => void) | undefined;
};

const VIDEO_CODECS: Record<Container, VideoCodec[]> = { mp4: ['avc', 'vp9', 'av1'], webm: ['vp9', 'av1', 'vp8'] };
/** The first one that the browser encodes is used. */
const SOUND_CODECS: Record<Container, AudioCodec[]> = { mp4: ['aac', 'opus'], webm: ['opus'] };
/** Those with which players support alpha, as a second stream beside the colours. */
const TRANSPARENT_CODECS: VideoCodec[] = ['vp9', 'vp8'];

// About 13 Mbit/s for 512 x 512 at 25 fps. Lips are small and fast: at low bit rates they are the first to blur.
const BITS_PER_PIXEL = 2;
const MIN_VIDEO_BITRATE = 2_000_000;
const SOUND_BITRATE_PER_CHANNEL = 96_000;
/** Opus supports stereo directly; more channels need a channel mapping, which few players support. */
const MAX_CHANNELS = 2;
/** The output rate of Opus decoders. */
const SOUND_RATE_HZ = 48_000;

export class VideoWriter {
  /** Samples of the sound written so far. */
  #soundPosition = 0;
  readonly #options: VideoWriterOptions;
  readonly #output: Output<Mp4OutputFormat | WebMOutputFormat, BufferTarget>;
  readonly #pictures: VideoSampleSource;
  readonly #sound: AudioSampleSource;

  private constructor(
    options: VideoWriterOptions,
    output: Output<Mp4OutputFormat | WebMOutputFormat, BufferTarget>,
    pictures: VideoSampleSource,
    sound: AudioSampleSource,
  ) {
    this.#options = options;
    this.#output = output;
    this.#pictures = pictures;
    this.#sound = sound;
  }

  /** @throws TalkingPortraitError `encoder-missing`, `invalid-option` */
  static async create(options: VideoWriterOptions): Promise<VideoWriter> {
    const { container, width, height, fps, sound, transparent, isMarked } = options;
    if (transparent && container === 'mp4') {
      const remedy = 'Use a .webm file, or an opaque background.';
      throw new TalkingPortraitError('invalid-option', 'An MP4 file cannot be transparent.', remedy, container);
    }
    const quality = new Quality({ bitrate: Math.max(MIN_VIDEO_BITRATE, width * height * fps * BITS_PER_PIXEL) });
    const codec = await getFirstEncodableVideoCodec(transparent ? TRANSPARENT_CODECS : VIDEO_CODECS[container], {
      width,
      height,
      quality,
      frameRate: fps,
    });
    if (!codec) throw encoderMissing(`${container} video of ${width} x ${height}`);

    const numberOfChannels = Math.min(MAX_CHANNELS, sound.channels.length);
    const soundQuality = new Quality({ bitrate: SOUND_BITRATE_PER_CHANNEL * numberOfChannels });
    const soundOptions = { numberOfChannels, sampleRate: SOUND_RATE_HZ, quality: soundQuality };
    const soundCodec = await getFirstEncodableAudioCodec(SOUND_CODECS[container], soundOptions);
    if (!soundCodec) throw encoderMissing('sound');
    const isCommon = container === 'webm' || (codec === 'avc' && soundCodec === 'aac');
    if (!isCommon) options.onWarning?.(uncommonMp4(codec, soundCodec));

    const output = new Output({
      format: container === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat(),
      target: new BufferTarget(),
    });
    const pictures = new VideoSampleSource({
      codec,
      quality,
      keyFrameInterval: 2,
      alpha: transparent ? 'keep' : 'discard',
    });
    const soundSource = new AudioSampleSource({
      codec: soundCodec,
      quality: soundQuality,
      transform: { numberOfChannels, sampleRate: SOUND_RATE_HZ },
    });
    output.addVideoTrack(pictures, { frameRate: fps, canBeTransparent: transparent });
    output.addAudioTrack(soundSource);
    if (isMarked) {
      const raw = container === 'webm' ? { DIGITAL_SOURCE_TYPE } : {};
      output.setMetadataTags({ comment: SYNTHETIC_COMMENT, raw });
    }
    await output.start();
    return new VideoWriter(options, output, pictures, soundSource);
  }

  /**
   * Writes `canvas` as it is now as frame `index`, and the sound up to the end of that frame.
   *
   * @returns when the next frame can be added
   */
  async addFrame(canvas: OffscreenCanvas, index: number): Promise<void> {
    const { fps, sound } = this.#options;
    // The picture first, before any await: a WebGPU canvas may be empty in the next task.
    const picture = new VideoSample(canvas, { timestamp: index / fps, duration: 1 / fps });
    await this.#addSound(Math.round(((index + 1) / fps) * sound.sampleRate));
    await this.#pictures.add(picture);
    picture.close();
  }

  /** Writes the remaining sound and finishes the file. */
  async finish(): Promise<Blob> {
    await this.#addSound(Number.POSITIVE_INFINITY);
    await this.#output.finalize();
    const bytes = this.#output.target.buffer;
    if (!bytes) throw new Error('the finished file is empty');
    const { container, isMarked } = this.#options;
    const mark = isMarked && container === 'mp4' ? [mp4Mark()] : [];
    return new Blob([bytes, ...mark], { type: container === 'mp4' ? 'video/mp4' : 'video/webm' });
  }

  async #addSound(end: number): Promise<void> {
    const { channels, sampleRate } = this.#options.sound;
    const from = this.#soundPosition;
    const to = Math.min(end, channels[0]!.length);
    if (to <= from) return;
    const data = new Float32Array(channels.length * (to - from));
    channels.forEach((channel, index) => data.set(channel.subarray(from, to), index * (to - from)));
    const sample = new AudioSample({
      data,
      format: 'f32-planar',
      numberOfChannels: channels.length,
      sampleRate,
      timestamp: from / sampleRate,
    });
    this.#soundPosition = to;
    await this.#sound.add(sample);
    sample.close();
  }
}

/** An MP4 that not every player plays. */
function uncommonMp4(video: VideoCodec, sound: AudioCodec): string {
  const missing = [video !== 'avc' && 'H.264', sound !== 'aac' && 'AAC'].filter(Boolean).join(' and no ');
  return (
    `This browser has no ${missing} encoder, so the MP4 has ${video.toUpperCase()} video and ${sound.toUpperCase()} sound. ` +
    'QuickTime and some phones and messengers do not play it.'
  );
}

function encoderMissing(value: string): TalkingPortraitError {
  return new TalkingPortraitError(
    'encoder-missing',
    'This browser has no encoder for the file.',
    'Try the other container (mp4 or webm), a smaller size, or another browser.',
    value,
  );
}
