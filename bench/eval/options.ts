/** @file Arguments of `npm run eval`. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/lib/tools.mjs';
import { EvalError } from './eval-error';

export const USAGE = `Usage: npm run eval [-- options]

Renders every clip of a manifest with the shipped weights, tracks the videos and scores the lips against the person
who spoke. It can be stopped at any time: the same command continues where it stopped.

  --manifest FILE   list of clips (default DATA/eval-dev/manifest.json); its paths are relative to the file
  --portrait FILE   face that speaks (default demo/portraits/grace-hopper.jpg)
  --out DIR         where videos, tracks and scores are kept (default out/eval)
  --json FILE write the contents of the table, and more
  --clips N only N clips, taken from all groups in turn
  --groups A,B      only these groups
  --ids A,B         only these clips
  --against DIR     compare with the weights before: the --out of an earlier run on the same clips
  --recognise       give phones to clips that have none, with the Python package hama; they are marked as recognised
  --curves FILE     draw the real and rendered opening of four clips, as SVG
  --sheet FILE      pictures of the P, B, M and the open vowels of ten clips, as PNG or JPEG
  --no-baselines    do not run the other methods
  --size N          width and height of the video, 64 to 2048 (default 512)
  --seed N          seed of the motion (default 1)
  --backend NAME    auto, wgsl or wasm (default auto)
  --boot N          bootstrap draws of the intervals (default 500)
  --tracker DIR     folder of track-face.mjs (default DATA/../tools/track-face; its packages are installed in a cache)
  --model FILE      the tracker's model (default DATA/models/face_landmarker.task)
  --evaluator FILE  lipsync_eval.py (default DATA/../tools/lipsync_eval.py)
  --python CMD      Python 3 with numpy (default PYTHON from the environment, else python3)

DATA is TALKING_PORTRAIT_DATA from the environment, else ../shared/data beside the project. Needs ffmpeg and Chrome.
`;

export type EvalOptions = {
  manifest: string;
  portrait: string;
  out: string;
  json: string | undefined;
  against: string | undefined;
  recognise: boolean;
  clips: number | undefined;
  groups: string[] | undefined;
  ids: string[] | undefined;
  curves: string | undefined;
  sheet: string | undefined;
  baselines: boolean;
  size: number;
  seed: number;
  backend: 'auto' | 'wgsl' | 'wasm';
  boot: number;
  tracker: string;
  model: string;
  evaluator: string;
  python: string;
};

/** @returns null if help was requested @throws EvalError */
export function parseOptions(args: string[], environment: NodeJS.ProcessEnv): EvalOptions | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const words = {
    manifest: text,
    portrait: text,
    out: text,
    json: text,
    against: text,
    recognise: flag,
    clips: text,
    groups: text,
    ids: text,
    curves: text,
    sheet: text,
    'no-baselines': flag,
    size: text,
    seed: text,
    backend: text,
    boot: text,
    tracker: text,
    model: text,
    evaluator: text,
    python: text,
    help: { ...flag, short: 'h' },
  };
  let values;
  try {
    ({ values } = parseArgs({ args, options: words }));
  } catch (error) {
    throw new EvalError(`${(error as Error).message}\n\n${USAGE}`);
  }
  if (values.help) return null;

  // npm runs scripts in the root of the project, but paths are relative to the folder in which the user typed the
  // command.
  const here = environment['INIT_CWD'] ?? process.cwd();
  const data = resolve(environment['TALKING_PORTRAIT_DATA'] ?? join(ROOT, '../shared/data'));
  const path = (value: string | undefined): string | undefined => value && resolve(here, value);
  const list = (value: string | undefined): string[] | undefined => value?.split(',').map((part) => part.trim());
  const whole = (name: 'clips' | 'size' | 'seed' | 'boot', least: number, most: number): number | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value.trim() === '' || !Number.isInteger(number) || number < least || number > most)
      throw new EvalError(`--${name} must be a whole number from ${least} to ${most}, but it is "${value}".`);
    return number;
  };
  const backend = values.backend ?? 'auto';
  if (backend !== 'auto' && backend !== 'wgsl' && backend !== 'wasm')
    throw new EvalError(`--backend must be auto, wgsl or wasm, but it is "${backend}".`);
  if (values.sheet && !/\.(png|jpe?g)$/i.test(values.sheet)) throw new EvalError('--sheet must end in .png or .jpg.');
  if (values.curves && !/\.svg$/i.test(values.curves)) throw new EvalError('--curves must end in .svg.');
  return {
    manifest: path(values.manifest) ?? join(data, 'eval-dev/manifest.json'),
    portrait: path(values.portrait) ?? join(ROOT, 'demo/portraits/grace-hopper.jpg'),
    out: path(values.out) ?? join(ROOT, 'out/eval'),
    json: path(values.json),
    against: path(values.against),
    recognise: values.recognise ?? false,
    clips: whole('clips', 1, 1e6),
    groups: list(values.groups),
    ids: list(values.ids),
    curves: path(values.curves),
    sheet: path(values.sheet),
    baselines: !values['no-baselines'],
    size: whole('size', 64, 2048) ?? 512,
    seed: whole('seed', 0, 0xffffffff) ?? 1,
    backend,
    boot: whole('boot', 0, 1e6) ?? 500,
    tracker: path(values.tracker) ?? join(data, '../tools/track-face'),
    model: path(values.model) ?? join(data, 'models/face_landmarker.task'),
    evaluator: path(values.evaluator) ?? join(data, '../tools/lipsync_eval.py'),
    python: values.python ?? environment['PYTHON'] ?? 'python3',
  };
}

/** Checks at the start that all files exist which are needed later, possibly after hours of work. @throws EvalError */
export function checkFiles(options: EvalOptions): void {
  const wanted: [keyof EvalOptions, string][] = [
    ['manifest', options.manifest],
    ['portrait', options.portrait],
    ['tracker', join(options.tracker, 'track-face.mjs')],
    ['model', options.model],
    ['evaluator', options.evaluator],
  ];
  for (const [option, file] of wanted) {
    if (existsSync(file)) continue;
    throw new EvalError(
      `${file} does not exist. Give another with --${option}, or the data folder in TALKING_PORTRAIT_DATA.`,
    );
  }
  if (options.against === options.out)
    throw new EvalError('--against is the folder of this run. Write this run to another one with --out.');
}
