/** @file Events of a TalkingPortrait. */
import type { PortraitState } from './core/portrait-state';
import type { TalkingPortraitError } from './errors';
import type { Progress } from './options/create-options';

/** A look inside, about five times a second. */
export type Stats = {
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

export type TalkingPortraitEvents = {
  ready: undefined;
  progress: Progress;
  state: PortraitState;
  speechstart: undefined;
  speechend: undefined;
  stats: Stats;
  /** Something the user may want to know, such as several faces in the photo. */
  warning: string;
  devicelost: undefined;
  devicerestored: undefined;
  error: TalkingPortraitError;
};
