/** @file Progress of slow work. */

/** Progress of something slow. */
export type Progress = {
  /** What is being done. */
  stage: 'models' | 'gpu' | 'portrait' | 'frames';
  /** 0 ... 1 within the stage. */
  fraction: number;
};
