/**
 * @file Runs the face tracker of the evaluator (MediaPipe in headless Chromium), with its packages cached in this
 * project.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChrome } from '../../cli/chrome.mjs';
import { ROOT } from '../../scripts/lib/tools.mjs';
import type { ClipFiles } from './clip-files';
import { EvalError } from './eval-error';
import type { EvalClip } from './manifest';
import { runProgram } from './processes';

const FILES = ['track-face.mjs', 'package.json'];

/**
 * The folder to run the tracker from: `folder` itself if its packages are there, else a copy of it with them.
 *
 * @throws EvalError when npm cannot install them
 */
export async function installTracker(folder: string, signal: AbortSignal): Promise<string> {
  const installed = (place: string): boolean => existsSync(join(place, 'node_modules/@mediapipe/tasks-vision'));
  if (installed(folder)) return folder;
  const hash = createHash('sha256');
  for (const name of FILES) hash.update(readFileSync(join(folder, name)));
  const copy = join(ROOT, `node_modules/.cache/track-face-${hash.digest('hex').slice(0, 8)}`);
  if (installed(copy)) return copy;
  mkdirSync(copy, { recursive: true });
  for (const name of FILES) copyFileSync(join(folder, name), join(copy, name));
  console.error('Installing the face tracker (npm install, once) ...');
  await runProgram('npm', ['install', '--no-audit', '--no-fund'], { signal, cwd: copy });
  return copy;
}

/**
 * Tracks the videos of clips one after another.
 *
 * A tracker process takes seconds to start, so each one gets all videos that are ready.
 *
 * @param folder see `installTracker`
 * @throws EvalError
 */
export async function trackClips(
  clips: EvalClip[],
  files: ClipFiles,
  folder: string,
  model: string,
  signal: AbortSignal,
  onDone: (clip: EvalClip) => void,
): Promise<void> {
  const chrome = findChrome();
  if (!chrome) throw new EvalError('No Chrome or Chromium was found. Install one, or set CHROME to its path.');
  const videos = clips.map((clip) => files.video(clip));
  await runProgram('node', ['track-face.mjs', '--model', model, '--out', files.trackFolder, ...videos], {
    signal,
    cwd: folder,
    env: { CHROME: chrome },
    onLine(line) {
      const done = clips.find(({ name }) => line.startsWith(`${name}: `));
      if (done) onDone(done);
    },
  });
}
