/** @file Public surface of talking-portrait. Nothing runs at import. */
export { TalkingPortrait } from './page/talking-portrait';
export type { AudioEncoderOptions } from './options/audio-encoder';
export { DEFAULT_CONTROLS, type GazeTarget, type MotionControls } from './options/controls';
export type { LogEntry, LogFields, LogLevel, LogSink } from './core/logger';
export { type ErrorCode, TalkingPortraitError } from './errors';
export type { PortraitState, SilentState } from './core/portrait-state';
export type { Stats, TalkingPortraitEvents } from './events';
export type { Backend, CreateOptions, Progress } from './options/create-options';
export type { Source } from './options/source';
export type { Background, Crop, OutputOptions } from './options/output';
export { getSupport, type Support } from './page/support';
