/** @file Public surface of talking-portrait. Nothing runs at import. */
export { TalkingPortrait } from './talking-portrait';
export { type ErrorCode, TalkingPortraitError } from './errors';
export type { PortraitState, Stats, TalkingPortraitEvents } from './events';
export type { Backend, CreateOptions, Progress, Source } from './options';
export { getSupport, type Support } from './support';
