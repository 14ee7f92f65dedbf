/** @file The report of an evaluation: scores with their marks, the scores of other methods, and the table. */
import { type Grade, grade, kindOfGroup, type SpeechKind } from './bars';
import type { HeadFigures, Measure, Paired, Scores } from './score';

export type GroupReport = {
  clips: number;
  speakers: number;
  seconds: number;
  /** The kind of speech whose bars give the marks. */
  bars: SpeechKind;
  measures: Record<string, Measure & { grade: Grade | null; still?: number }>;
  /** The same measures of other methods. */
  baselines: Record<string, Record<string, number>>;
  head?: HeadFigures;
};
export type Report = Record<string, GroupReport>;

const PICKED = [
  ['r_speech', 'opening, r in speech'],
  ['r_speech_width', 'width, r in speech'],
  ['lag_ms', 'lag of the best r, ms'],
  ['closure_recall', 'closed on P, B, M'],
  ['closure_precision', 'correct closures'],
  ['contrast', 'vowels against P, B, M'],
  ['fv_recall', 'nearly closed on F, V'],
  ['open_recall', 'open on open vowels'],
  ['round_recall', 'rounded on UW, OW, W'],
  ['sil_speed', 'speed in silence, %/s'],
  ['amplitude', 'amplitude, relative to real'],
  ['speed_ratio', 'speed, relative to real'],
  ['lmd_motion', 'lip motion error, % IOD'],
  ['r', 'opening, r everywhere'],
] as const;

const MARKS: Record<Grade, string> = { below: 'BELOW', floor: 'floor', goal: 'goal', moonshot: 'moon' };

/**
 * Combines the scores of all methods.
 *
 * @param still scores of a rendered mouth that does not move, which lmd_motion is compared with
 */
export function makeReport(
  scores: Scores,
  baselines: Record<string, Scores>,
  still: Scores | undefined,
  head: Record<string, HeadFigures> = {},
): Report {
  return Object.fromEntries(
    Object.entries(scores).map(([name, { clips, speakers, seconds, measures }]) => {
      const bars = kindOfGroup(name);
      const graded = Object.entries(measures).map(([key, measure]) => {
        const stillValue = key === 'lmd_motion' ? still?.[name]?.measures[key]?.value : undefined;
        const figure = { ...measure, ...(stillValue !== undefined && { still: stillValue }) };
        return [key, { ...figure, grade: grade(key, bars, figure) }] as const;
      });
      const others = Object.entries(baselines).map(([method, result]) => {
        const values = Object.entries(result[name]?.measures ?? {}).map(([key, { value }]) => [key, value] as const);
        return [method, Object.fromEntries(values)] as const;
      });
      return [
        name,
        {
          clips,
          speakers,
          seconds,
          bars,
          measures: Object.fromEntries(graded),
          baselines: Object.fromEntries(others),
          ...(head[name] && { head: head[name] }),
        },
      ];
    }),
  );
}

/** The figure with two decimals; empty if there is none. */
function shown(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '' : value.toFixed(2);
}

/** The table as text for a terminal. */
export function formatReport(report: Report): string {
  return Object.entries(report)
    .map(([name, group]) => formatGroup(name, group).join('\n'))
    .join('\n\n');
}

function formatGroup(
  name: string,
  { clips, speakers, seconds, bars, measures, baselines, head }: GroupReport,
): string[] {
  const methods = Object.keys(baselines);
  const lines = [
    `${name}: ${clips} clips, ${speakers} speakers, ${seconds.toFixed(0)} s; marks by the bars for ${bars}`,
    [
      '  measure'.padEnd(27),
      'value'.padStart(7),
      '  95 % interval  ',
      'mark '.padEnd(6),
      'real'.padStart(7),
      'chance'.padStart(7),
      ...methods.map((method) => method.slice(0, 15).padStart(16)),
    ].join(''),
  ];
  for (const [key, label] of PICKED) {
    const measure = measures[key];
    if (!measure) continue;
    const { value, low, high, real, chance, still, grade: mark } = measure;
    const interval = low === null || high === null ? '' : `[${low.toFixed(2)}, ${high.toFixed(2)}]`;
    const cells = [
      `  ${label}`.padEnd(27),
      shown(value).padStart(7),
      `  ${interval}`.padEnd(17),
      (mark ? MARKS[mark] : '').padEnd(6),
      shown(real).padStart(7),
      shown(chance).padStart(7),
      ...methods.map((method) => shown(baselines[method]![key]).padStart(16)),
    ];
    lines.push(`${cells.join('').trimEnd()}${still === undefined ? '' : `   (still mouth ${shown(still)})`}`);
  }
  if (head) {
    const pair = (key: keyof HeadFigures): string => `${shown(head[key].rendered)} (real ${shown(head[key].real)})`;
    lines.push(
      `  yaw sd ${pair('yaw_sd')} deg, pitch sd ${pair('pitch_sd')} deg, yaw speed ${pair('yaw_speed')} deg/s`,
    );
    lines.push(`  blinks per minute ${pair('blinks_per_minute')}`);
  }
  return lines;
}

/** The comparison with other weights as text for a terminal. A star marks a difference whose interval excludes zero. */
export function formatPaired(paired: Paired): string {
  return Object.entries(paired)
    .map(([name, { clips, measures }]) => {
      const head = `${'  measure'.padEnd(27)}${' before'.padStart(8)}${'after'.padStart(8)}${'change'.padStart(8)}`;
      const lines = PICKED.flatMap(([key, label]) => {
        const measure = measures[key];
        if (!measure) return [];
        const { before, after, difference, low, high } = measure;
        const known = low !== null && high !== null;
        const sign = difference > 0 ? '+' : '';
        const cells = [before, after].map((value) => shown(value).padStart(8)).join('');
        const interval = known ? `   [${low.toFixed(2)}, ${high.toFixed(2)}]${low > 0 || high < 0 ? ' *' : ''}` : '';
        return [`  ${label}`.padEnd(27) + cells + `${sign}${shown(difference)}`.padStart(8) + interval];
      });
      return [`${name}: ${clips} clips, paired with the weights before`, head, ...lines].join('\n');
    })
    .join('\n\n');
}
