/** @file The protocol between the page and the recorder's worker, through Comlink. */
import type { MotionRecord } from '../core/motion-record';
import type { RenderStats } from '../core/render-stats';
import type { AnimatorOptions } from '../options/create-options';
import type { AnimatorEvent } from '../protocol';
import type { DecodedAudio } from './decode-audio';
import type { Container } from './video-writer';

/** The motion of a whole video, as `--motion` writes it. */
export type MotionTrack = {
  /** Motion frames per second, whatever the frame rate of the video: frame n belongs to time n / fps seconds. */
  fps: number;
  /** One record per motion frame, from the start of the voice. */
  frames: MotionRecord[];
};

/** The result of `renderVideo`. */
export type RenderedVideo = {
  /** The file. */
  video: Blob;
  /** How the face moved. */
  motion: MotionTrack;
  /** How the rendering went. */
  stats: RenderStats;
};

export type RecorderRequest = {
  options: AnimatorOptions;
  portrait: Blob;
  audio: Blob | DecodedAudio;
  fps: number;
  container: Container;
  /** Whether the files say that a machine made them. */
  isMarked: boolean;
};

/** Messages to the page while a video is rendered. */
export type RecorderEvent = Extract<AnimatorEvent, { kind: 'progress' | 'warning' | 'log' }>;

export type RecorderApi = {
  /**
   * @param onFrame receives every picture as a PNG; the next frame waits until it resolves. Absent: no pictures are
   * encoded.
   */
  render(
    request: RecorderRequest,
    onEvent: (event: RecorderEvent) => void,
    onFrame?: (index: number, png: Blob) => void | Promise<void>,
  ): Promise<RenderedVideo>;
};
