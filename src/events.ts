/** @file Events of a TalkingPortrait. */
import type { PortraitState } from './core/portrait-state';
import type { Progress } from './core/progress';
import type { TalkingPortraitError } from './errors';

/** Statistics, about five times a second. */
export type Stats = {
  /** What the portrait does. */
  state: PortraitState;
  /** Pictures drawn in the last second. */
  fps: number;
  /** 95th percentile of the time between two pictures, ms. */
  frameIntervalP95Ms: number;
  /**
   * While following a live voice: median time from hearing the last sample of a motion frame to having drawn the frame, ms,
   * look-ahead included; otherwise 0.
   */
  latencyMs: number;
  /** While speaking: median delay of the picture relative to the sound that is heard, ms; negative if it is early. Otherwise 0. */
  skewMs: number;
  /** Loudness of the voice, dBFS, -100 ... 0. */
  level: number;
  /** What draws the pictures. */
  renderer: 'webgpu' | 'cpu';
  /** Why it does, a sentence for people. */
  rendererReason: string;
  /** Name of the GPU adapter; `CPU` without one. */
  adapter: string;
  /** Where the motion transformer runs. */
  backend: 'wgsl' | 'wasm';
  /** Median time of each stage of a frame, ms. */
  stages: Record<string, number>;
};

/** Words that are heard now. */
export type CaptionEvent = {
  /** Name of the voice. */
  voiceId: string;
  /** The words. */
  text: string;
  /** When they begin, ms from the beginning of the voice. */
  startMs: number;
  /** When they end, ms from the beginning of the voice. */
  endMs: number;
};

/** Events of a TalkingPortrait, and the value that each passes to its listeners. */
export type TalkingPortraitEvents = {
  /** `create` has succeeded. */
  ready: undefined;
  /** Something slow has advanced, such as the analysis of a new portrait. */
  progress: Progress;
  /** The portrait has changed to this state. */
  state: PortraitState;
  /** The speech gate has opened: somebody speaks. */
  speechstart: undefined;
  /** The speech gate has closed: nobody speaks. */
  speechend: undefined;
  /** Words of a voice are heard. */
  caption: CaptionEvent;
  /** Statistics, about five times a second. */
  stats: Stats;
  /** Something worth telling the user, such as several faces in the photo. */
  warning: string;
  /** The GPU device was lost. The portrait is frozen until `devicerestored`. */
  devicelost: undefined;
  /** The GPU device and the portrait on it have been restored. */
  devicerestored: undefined;
  /** Something failed outside any call. */
  error: TalkingPortraitError;
};

/** A listener for each of some events. */
export type EventListeners = {
  [Name in keyof TalkingPortraitEvents]?: (payload: TalkingPortraitEvents[Name]) => void;
};
