/** @file `talking-portrait/recorder`: a portrait and a voice become a video file. */
export type { AudioEncoderOptions } from '../audio-encoder-options';
export type { GazeTarget, MotionControls } from '../core/motion-controls';
export type { MotionRecord, RenderStats } from '../core/motion-record';
export { TalkingPortraitError, type ErrorCode } from '../errors';
export type { Backend, Progress } from '../options';
export type { Background, Crop, OutputOptions } from '../output-options';
export type { MotionTrack, RenderedVideo } from './recorder-protocol';
export { renderVideo, type RenderVideoOptions } from './render-video';
export type { Container } from './video-writer';
