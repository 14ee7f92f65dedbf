/** @file `talking-portrait/recorder`: renders a portrait and a voice to a video file. */
export type { AudioEncoderOptions } from '../options/audio-encoder';
export type { GazeTarget, MotionControls } from '../options/controls';
export type { LogEntry, LogFields, LogLevel, LogSink } from '../core/logger';
export type { MotionRecord } from '../core/motion-record';
export type { RenderStats } from '../core/render-stats';
export { TalkingPortraitError, type ErrorCode } from '../errors';
export type { Progress } from '../core/progress';
export type { Backend, Renderer } from '../options/create-options';
export type { Background, Crop, OutputOptions } from '../options/output';
export type { MotionTrack, RenderedVideo } from './recorder-protocol';
export { renderVideo, type RenderVideoOptions } from './render-video';
export type { Container } from './video-writer';
