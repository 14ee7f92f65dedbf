/** @file Runs the evaluator on predictions of clips. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EvalClip } from './manifest';
import type { EvalOptions } from './options';
import { runProgram } from './processes';

/** One measure of one group as lipsync_eval.py writes it; `low` and `high`: 95 % interval, NaN with one clip. */
export type Measure = { value: number; low: number | null; high: number | null; real?: number; chance?: number };
export type GroupScores = { clips: number; speakers: number; seconds: number; measures: Record<string, Measure> };
export type Scores = Record<string, GroupScores>;

/** The prediction for a clip: a track, or a table with a series. `size`: picture size, for .f32 tracks. */
export type Prediction = { clip: EvalClip; file: string; size?: number[] };

/** Python writes NaN, which is not valid JSON. */
export function parsePythonJson<T>(text: string): T {
  return JSON.parse(text.replaceAll(/\b(?:NaN|-?Infinity)\b/g, 'null')) as T;
}

/** Writes the manifest of predictions. @returns its path */
export function writePredictions(predictions: Prediction[], file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const entries = predictions.map(({ clip, file: pred, size }) => ({
    ...clip.entry,
    id: clip.id,
    group: clip.group,
    speaker: clip.speaker,
    audio: clip.audio,
    pred,
    ...(size && { pred_size: size }),
  }));
  writeFileSync(file, JSON.stringify(entries, undefined, 1));
  return file;
}

/** @param boot bootstrap draws of the intervals @throws EvalError */
export async function scorePredictions(
  manifest: string,
  boot: number,
  { evaluator, python }: EvalOptions,
  signal: AbortSignal,
): Promise<Scores> {
  const json = manifest.replace(/\.json$/, '.scores.json');
  await runProgram(python, [evaluator, 'batch', manifest, '--json', json, '--boot', String(boot)], { signal });
  return parsePythonJson<Scores>(readFileSync(json, 'utf8'));
}

/** The mouths of a clip on the time axis of the evaluator, 25 frames per second; null: no face in this frame. */
export type ClipSeries = {
  id: string;
  group: string;
  speaker: string;
  /** Correlation of the openings inside speech. */
  r_speech: number | null;
  real: (number | null)[];
  rendered: (number | null)[];
  /** Openings below these count as closed, IOD. */
  real_closed: number;
  rendered_closed: number;
  speech: boolean[];
  phones: [phone: string, start_s: number, end_s: number][];
};

/** Head motion and blinks of a group: means over the clips. */
export type HeadFigures = Record<
  'yaw_sd' | 'pitch_sd' | 'yaw_speed' | 'blinks_per_minute',
  { real: number | null; rendered: number | null }
>;

export type Series = { clips: ClipSeries[]; head: Record<string, HeadFigures> };

/** The curves behind the scores. @throws EvalError */
export async function readSeries(
  manifest: string,
  { evaluator, python }: EvalOptions,
  signal: AbortSignal,
): Promise<Series> {
  const script = fileURLToPath(new URL('series.py', import.meta.url));
  const output = await runProgram(python, [script, evaluator, manifest], { signal });
  return parsePythonJson<Series>(output.toString());
}

/**
 * One measure of two sets of weights on the same clips. `low`, `high`: 95 % interval of the difference; `better`: share
 * of the bootstrap draws in which the later weights have the larger value.
 */
export type PairedMeasure = {
  before: number;
  after: number;
  difference: number;
  low: number | null;
  high: number | null;
  better: number | null;
};
export type Paired = Record<string, { clips: number; measures: Record<string, PairedMeasure> }>;

/** Compares two lists of predictions clip by clip. @throws EvalError */
export async function comparePredictions(
  before: string,
  after: string,
  { evaluator, python, boot }: EvalOptions,
  signal: AbortSignal,
): Promise<Paired> {
  const script = fileURLToPath(new URL('paired.py', import.meta.url));
  const output = await runProgram(python, [script, evaluator, before, after, String(boot)], { signal });
  return parsePythonJson<Paired>(output.toString());
}

/** Path of the list of predictions of a method. */
export function predictionsFile(out: string, method: string): string {
  return join(out, `${method}.json`);
}
