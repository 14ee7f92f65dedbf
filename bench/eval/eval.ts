/**
 * @file `npm run eval`: lip-sync of the shipped weights on rendered video, compared with other methods and with the
 * bars (bars.ts).
 *
 * manifest -> render (the command line's renderer) -> track (the evaluator's tracker) -> score (the evaluator) -> table.
 * Rendered videos and tracks are kept, so the command can be stopped and restarted.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { buildLibraryIfStale } from '../../scripts/lib/build-library.mjs';
import { BASELINES, predictBaseline, predictStill } from './baselines/baselines';
import { ClipFiles, renderKey } from './clip-files';
import { drawCurves, typicalClips } from './curves';
import { EvalError } from './eval-error';
import { type EvalClip, readManifest, selectClips } from './manifest';
import { checkFiles, type EvalOptions, parseOptions, USAGE } from './options';
import { checkPrograms } from './processes';
import { Progress } from './progress';
import { recognisePhones } from './recognise';
import { renderClips } from './render-clips';
import { formatPaired, formatReport, makeReport } from './report';
import {
  comparePredictions,
  type Paired,
  type Prediction,
  predictionsFile,
  readSeries,
  type Scores,
  scorePredictions,
  writePredictions,
} from './score';
import { drawSheet } from './sheet';
import { installTracker, trackClips } from './tracker';

const EXIT = { failed: 1, interrupted: 130 };

export async function main(args: string[]): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => interrupted.abort(new Error('interrupted')));
  try {
    const options = parseOptions(args, process.env);
    if (options) await evaluate(options, interrupted.signal);
    else console.log(USAGE);
  } catch (error) {
    if (interrupted.signal.aborted) {
      console.error('\nStopped. Finished work is kept: run the same command again to continue.');
      process.exitCode = EXIT.interrupted;
    } else if (error instanceof EvalError) {
      console.error(`eval: ${error.message}`);
      process.exitCode = EXIT.failed;
    } else throw error;
  }
}

async function evaluate(options: EvalOptions, signal: AbortSignal): Promise<void> {
  checkFiles(options);
  const before = options.against && predictionsFile(options.against, 'rendered');
  if (before && !existsSync(before))
    throw new EvalError(`${options.against} holds no finished evaluation. Give the --out of an earlier run.`);
  await checkPrograms(options.python, signal);
  const list = options.recognise ? await recognisePhones(options, signal) : options.manifest;
  const clips = selectClips(readManifest(list), options);
  if (!(await buildLibraryIfStale())) throw new EvalError('The library could not be built; see above.');
  const tracker = await installTracker(options.tracker, signal);

  const files = new ClipFiles(options.out);
  await renderAndTrack(clips, files, tracker, options, signal);

  const predictions = clips.map((clip): Prediction => {
    const { size } = JSON.parse(readFileSync(files.trackInfo(clip), 'utf8')) as { size?: number[] };
    if (!size) throw new EvalError(`${clip.id}: the tracker found no face in ${files.video(clip)}.`);
    return { clip, file: files.track(clip), size };
  });
  const manifest = writePredictions(predictions, predictionsFile(options.out, 'rendered'));
  console.error('Scoring ...');
  const scores = await scorePredictions(manifest, options.boot, options, signal);
  if (Object.keys(scores).length === 0) throw new EvalError('No clip could be scored: no face in the tracks.');
  const missing = clips.length - Object.values(scores).reduce((sum, { clips: scored }) => sum + scored, 0);
  if (missing > 0)
    console.error(`${missing} of ${clips.length} clips are not scored: their tracks lack a face for a second or more.`);
  const { clips: series, head } = await readSeries(manifest, options, signal);

  const baselines: Record<string, Scores> = {};
  let still: Scores | undefined;
  if (options.baselines) {
    const stills = predictStill(predictions, files);
    const list = writePredictions(stills, predictionsFile(options.out, 'still'));
    still = await scorePredictions(list, 0, options, signal);
    for (const method of BASELINES) {
      console.error(`Other methods: ${method} ...`);
      const others = await predictBaseline(method, clips, options.out, signal);
      const othersList = writePredictions(others, predictionsFile(options.out, method.replaceAll(' ', '-')));
      baselines[method] = await scorePredictions(othersList, 0, options, signal);
    }
  }

  const report = makeReport(scores, baselines, still, head);
  console.log(formatReport(report));
  const recognised = clips.filter(({ entry }) => entry['phones_kind'] === 'recognised').map(({ id }) => id);
  if (recognised.length > 0)
    console.log(`\nPhones recognised, not aligned with a transcript: ${recognised.join(', ')}`);
  let paired: Paired | undefined;
  if (before) {
    console.error('Comparing with the weights before ...');
    paired = await comparePredictions(before, manifest, options, signal);
    console.log(`\n${formatPaired(paired)}`);
  }
  if (options.json) {
    const { portrait, size, seed, backend } = options;
    const made = { ...renderKey(options), portrait: basename(portrait), size, seed, backend };
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(
      options.json,
      `${JSON.stringify({ made, groups: report, ...(paired && { paired }) }, undefined, 1)}\n`,
    );
  }
  if (options.curves) {
    const drawing = drawCurves(typicalClips(series), basename(options.portrait).replace(/\.\w+$/, ''));
    mkdirSync(dirname(options.curves), { recursive: true });
    writeFileSync(options.curves, drawing);
  }
  if (options.sheet) {
    mkdirSync(dirname(options.sheet), { recursive: true });
    const { closed, closures } = await drawSheet(series, clips, files, options.sheet, signal);
    console.log(`\n${options.sheet}: ${closed} of ${closures} P, B, M closed by the evaluator's measure`);
  }
}

/** Renders the missing videos and tracks them in parallel. */
async function renderAndTrack(
  clips: EvalClip[],
  files: ClipFiles,
  tracker: string,
  options: EvalOptions,
  signal: AbortSignal,
): Promise<void> {
  const key = renderKey(options);
  const toRender = clips.filter((clip) => !files.isRendered(key, clip));
  const waiting = clips.filter((clip) => files.isRendered(key, clip) && !files.isTracked(clip));
  const kept = clips.length - toRender.length - waiting.length;
  if (kept > 0) console.error(`${kept} of ${clips.length} clips are rendered already (${join(options.out, 'video')}).`);
  const progress = new Progress(2 * toRender.length + waiting.length);

  let wake = (): void => {};
  const state = { rendering: true };
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const render = async (): Promise<void> => {
    try {
      await renderClips(toRender, files, key, options, both, (clip) => {
        progress.step(`${clip.id} rendered`);
        waiting.push(clip);
        wake();
      });
    } finally {
      state.rendering = false;
      wake();
    }
  };
  const track = async (): Promise<void> => {
    while (state.rendering || waiting.length > 0) {
      if (waiting.length === 0) await new Promise<void>((resume) => (wake = resume));
      const ready = waiting.splice(0);
      if (ready.length > 0)
        await trackClips(ready, files, tracker, options.model, both, (clip) => progress.step(`${clip.id} tracked`));
    }
  };
  // A failure of either one aborts the other.
  const ended = await Promise.allSettled(
    [render(), track()].map((work) =>
      work.catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    ),
  );
  progress.end();
  signal.throwIfAborted();
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
