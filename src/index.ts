/** @file Public surface of talking-portrait. Nothing runs at import. */
export { TalkingPortrait } from './talking-portrait';
export type { AudioEncoderOptions } from './audio-encoder-options';
export { DEFAULT_CONTROLS, type GazeTarget, type MotionControls } from './core/motion-controls';
export { type ErrorCode, TalkingPortraitError } from './errors';
export type { PortraitState, RestState, Stats, TalkingPortraitEvents } from './events';
export type { Backend, CreateOptions, Progress, Source } from './options';
export type { Background, Crop, OutputOptions } from './output-options';
export { getSupport, type Support } from './support';
