/** @file What the page and the recorder's worker say to one another, through Comlink. */
import type { MotionRecord, RenderStats } from '../core/motion-record';
import type { AnimatorOptions, Progress } from '../options/create-options';
import type { DecodedAudio } from './decode-audio';
import type { Container } from './video-writer';

/** The motion of a whole video, as `--motion` writes it. */
export type MotionTrack = {
  /** Motion frames a second, whatever the video's frame rate: frame n belongs to n / fps seconds. */
  fps: number;
  /** One record a motion frame, from the start of the voice. */
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
};

/** Calls back to the page. */
export type RecorderHooks = {
  onProgress(progress: Progress): void;
  onWarning(text: string): void;
  /** Absent: no single pictures are wanted. The next frame waits for the answer. */
  onFrame?: (index: number, png: Blob) => void | Promise<void>;
};

export type RecorderApi = {
  render(
    request: RecorderRequest,
    onProgress: RecorderHooks['onProgress'],
    onWarning: RecorderHooks['onWarning'],
    onFrame?: RecorderHooks['onFrame'],
  ): Promise<RenderedVideo>;
};
