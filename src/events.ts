/** @file Events of a TalkingPortrait. */
import type { PortraitState } from './core/portrait-state';
import type { TalkingPortraitError } from './errors';
import type { Progress } from './options/create-options';

/** Statistics, about five times a second. */
export type Stats = {
  /** What the portrait does. */
  state: PortraitState;
  /** Pictures drawn in the last second. */
  fps: number;
  /** 95th percentile of the time between two pictures, ms. */
  frameIntervalP95Ms: number;
  /**
   * While listening: median time from hearing the last sample of a motion frame to having drawn the frame, ms, look-ahead
   * included. While speaking: delay of the picture relative to the sound, ms; negative if it is early.
   */
  latencyMs: number;
  /** Loudness of the voice, dBFS, -100 ... 0. */
  level: number;
  /** Name of the GPU adapter. */
  adapter: string;
  /** Where the motion transformer runs. */
  backend: 'wgsl' | 'wasm';
  /** Median time of each stage of a frame, ms. */
  stages: Record<string, number>;
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
