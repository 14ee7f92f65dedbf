/** @file Public surface of talking-portrait. Nothing runs at import. */
export { type CallOptions, TalkingPortrait } from './page/talking-portrait';
export type { AudioEncoderOptions } from './options/audio-encoder';
export { DEFAULT_CONTROLS, type GazeTarget, type MotionControls } from './options/controls';
export type { LogEntry, LogFields, LogLevel, LogSink } from './core/logger';
export { type ErrorCode, TalkingPortraitError } from './errors';
export type { PortraitState, SilentState } from './core/portrait-state';
export type { CaptionEvent, EventListeners, Stats, TalkingPortraitEvents } from './events';
export type { Progress } from './core/progress';
export type { Backend, CreateOptions, Renderer } from './options/create-options';
export type { Source } from './options/source';
export type { Background, Crop, OutputOptions } from './options/output';
export type { PcmChunkSource } from './page/pcm-blocks';
export type {
  Caption,
  CreateVoiceOptions,
  SpeakOptions,
  Voice,
  VoiceEnd,
  VoiceEndReason,
  VoiceOptions,
  WritableVoice,
} from './page/voice';
export type { SpeakSource, VoiceChunk } from './page/voice-sources';
export type { PagePoint } from './page/gaze-follower';
export { getSupport, type MissingFeature, type Support } from './page/support';
