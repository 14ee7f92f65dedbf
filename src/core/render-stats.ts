/** @file RenderStats: figures about the rendering of a file, for `--stats` and `renderVideo`. */

/** Figures of one rendering. */
export type RenderStats = {
  /** What drew the pictures. */
  renderer: 'webgpu' | 'cpu';
  /** Name of the GPU adapter; `CPU` without one. */
  adapter: string;
  /** Where the motion transformer ran. */
  backend: 'wgsl' | 'wasm';
  /** Number of pictures in the video. */
  frames: number;
  /** Length of the voice, seconds. */
  seconds_audio: number;
  /** Seconds of video rendered in one second. */
  real_time_factor: number;
  /** Times of the stages of a frame. */
  stages: Record<
    string,
    {
      /** Median, ms. */
      median_ms: number;
      /** 95th percentile, ms. */
      p95_ms: number;
    }
  >;
};
