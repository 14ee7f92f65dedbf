/** @file Events of a TalkingPortrait. */
import type { PortraitState } from './core/portrait-state';
import type { TalkingPortraitError } from './errors';
import type { Progress } from './options/create-options';

/** A look inside, about five times a second. */
export type Stats = {
  /** What the portrait does. */
  state: PortraitState;
  /** Frames drawn in the last second. */
  fps: number;
  /** 95th percentile of the time between two frames, ms. */
  frameIntervalP95Ms: number;
  /**
   * Listening: median time from the last sample of a frame being heard to the frame being drawn, ms; includes the
   * look-ahead. Speaking: how late the picture is against the sound, ms; negative: early.
   */
  latencyMs: number;
  /** Loudness of the voice, dBFS, -100 ... 0. */
  level: number;
  /** Name of the GPU adapter. */
  adapter: string;
  /** Where the motion transformer runs. */
  backend: 'wgsl' | 'wasm';
  /** Median ms of the stages of a frame. */
  stages: Record<string, number>;
};

/** Events of a TalkingPortrait: each name with what its listeners get. */
export type TalkingPortraitEvents = {
  /** `create` has succeeded. */
  ready: undefined;
  /** Something slow has advanced, such as the analysis of a new portrait. */
  progress: Progress;
  /** The portrait has gone to this state. */
  state: PortraitState;
  /** The speech gate hears somebody speak. */
  speechstart: undefined;
  /** The speech gate hears nobody speak any more. */
  speechend: undefined;
  /** Figures of the last second, about five times a second. */
  stats: Stats;
  /** Something the user may want to know, such as several faces in the photo. */
  warning: string;
  /** The GPU device was lost; it is being created anew. */
  devicelost: undefined;
  /** The GPU device is back, and with it the portrait. */
  devicerestored: undefined;
  /** Something failed outside any call. */
  error: TalkingPortraitError;
};
