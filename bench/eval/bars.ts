/** @file The lip-sync bars: floor, goal and moonshot of every measure on rendered video. */

export type Grade = 'below' | 'floor' | 'goal' | 'moonshot';

/** The kind of speech, which decides which bars apply to a group of clips. */
export type SpeechKind = 'training speaker' | 'other speakers' | 'continuous speech';

/** Figures that a grade depends on besides the measured value. */
export type Figure = {
  value: number;
  /** The same measure when predictions are paired with other clips. */
  chance?: number;
  /** The same measure for a mouth that does not move. */
  still?: number;
};

type Bars = readonly [floor: number, goal: number, moonshot: number];

const CORRELATION: Record<string, Record<SpeechKind, Bars>> = {
  r_speech: {
    'training speaker': [0.45, 0.7, 0.8],
    'other speakers': [0.4, 0.57, 0.7],
    'continuous speech': [0.2, 0.4, 0.55],
  },
  r_speech_width: {
    'training speaker': [0.2, 0.4, 0.55],
    'other speakers': [0.2, 0.4, 0.55],
    'continuous speech': [0.15, 0.3, 0.45],
  },
};
const AT_LEAST: Record<string, Bars> = {
  closure_recall: [0.6, 0.76, 0.92],
  closure_precision: [0.6, 0.8, 0.9],
  contrast: [0.25, 0.37, 0.5],
  round_recall: [0.6, 0.72, 0.8],
};
/** Smallest margin above chance. */
const ABOVE_CHANCE: Record<string, Bars> = { closure_recall: [0.15, 0.3, 0.45] };
const AT_MOST: Record<string, Bars> = { lag_ms: [80, 40, 20], sil_speed: [12, 8, 5.5] };
/** Error as a share of that of a still mouth. */
const OF_STILL: Record<string, Bars> = { lmd_motion: [1, 0.75, 0.55] };
/** Ratio to the real person: lower limit; the upper limit is equally far above 1. */
const NEAR_ONE: Record<string, Bars> = { amplitude: [0.6, 0.75, 0.9], speed_ratio: [0.6, 0.75, 0.9] };

const GRADES: readonly Grade[] = ['below', 'floor', 'goal', 'moonshot'];

/**
 * The bars of a group by its name. Groups of the development set have their own; any other counts as continuous speech.
 */
export function kindOfGroup(group: string): SpeechKind {
  if (group === 'grid_s1') return 'training speaker';
  return group.startsWith('grid') ? 'other speakers' : 'continuous speech';
}

/** The highest bar that a figure passes; null if there is no bar, or if a figure that the bar needs is unknown. */
export function grade(measure: string, kind: SpeechKind, { value, chance, still }: Figure): Grade | null {
  const passed = (bars: Bars | undefined, test: (bar: number) => boolean): number => {
    if (!bars) return 0;
    const failed = bars.findIndex((bar) => !test(bar));
    return failed < 0 ? bars.length : failed;
  };
  if (!Number.isFinite(value)) return null;
  // Figures are shown with two decimals, so they are graded with two decimals.
  const shown = measure === 'lag_ms' ? Math.abs(value) : Math.round(100 * value) / 100;
  const least = CORRELATION[measure]?.[kind] ?? AT_LEAST[measure];
  if (least) {
    const level = passed(least, (bar) => shown >= bar);
    const above = ABOVE_CHANCE[measure];
    if (!above || chance === undefined) return GRADES[level]!;
    return GRADES[
      Math.min(
        level,
        passed(above, (bar) => Math.round(100 * (value - chance)) / 100 >= bar),
      )
    ]!;
  }
  if (AT_MOST[measure]) return GRADES[passed(AT_MOST[measure], (bar) => shown <= bar)]!;
  if (NEAR_ONE[measure]) return GRADES[passed(NEAR_ONE[measure], (bar) => shown >= bar && shown <= 2 - bar)]!;
  // The floor is the error of the still mouth; the other bars are shares of it.
  if (OF_STILL[measure] && still !== undefined && still > 0)
    return GRADES[passed(OF_STILL[measure], (bar) => (bar === 1 ? value < still : value <= bar * still))]!;
  return null;
}
