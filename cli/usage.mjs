/** @file Usage text and options of the command line, with their checks. */

import { extname } from 'node:path';
import { parseArgs } from 'node:util';

export const USAGE = `Usage: talking-portrait render --portrait face.jpg --audio speech.wav --out talk.mp4 [options]
       talking-portrait analyse face.jpg --out face.portrait [--quiet]
       talking-portrait copy-models FOLDER
       talking-portrait copy-workers FOLDER

analyse       analyses a picture and saves the result; render and the library take that file in place of a picture.
render        renders a speaking portrait to a video file.
copy-models   copies the model files to a folder of a web server.
copy-workers  copies the workers and onnxruntime's WASM to a folder of a web server.

analyse and render run in headless Chrome on this machine and need the package playwright-core.

  --portrait FILE   photo or drawing with one face: JPEG, PNG, WebP, AVIF; or a saved .portrait
  --audio FILE      voice: WAV, FLAC, MP3, Ogg
  --out FILE        .mp4 or .webm
  --size N          width and height in pixels, 64 to 2048 (default 512)
  --width N, --height N  for a video that is not square
  --background WHAT photo, transparent (.webm), a CSS colour, a picture file, or blur:N pixels (default photo)
  --crop PART       photo, bust or face (default photo)
  --zoom N          1 to 8 times, about the centre (default 1)
  --mirror          swap left and right
  --fps N           frames per second, 1 to 120 (default 25)
  --seed N          whole number; the same seed gives the same frames (default 1)
  --renderer NAME   auto, webgpu or cpu: what draws the pictures (default auto)
  --backend NAME    auto, wgsl or wasm: how the motion is computed (default auto)
  --mouth N         amplitude of the mouth, 0 to 2 (default 1)
  --expressiveness N  amplitude of brows and head, 0 to 2 (default 1)
  --stillness N     0 lively to 1 still (default 0)
  --temperature N   randomness of the motion, 0 to 2, relative to the model's default (default 1)
  --top-k N         number of motion tokens to sample from, 1 to 256 (default: the model's)
  --motion FILE     write the motion of the face as JSON
  --stats FILE      write timings and speed as JSON
  --frames DIR      write every picture as a PNG
  --no-mark         do not mark the files as made by a machine
  --quiet           show no progress bar
  --help            show this text
  --version         show the version

Uses an installed Chrome or Chromium; set CHROME to choose another.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`;

/** The command line was used wrongly; the message says how. */
export class UsageError extends Error {}

/**
 * @typedef {object} AnalyseCommand
 * @property {'analyse'} kind
 * @property {string} portrait
 * @property {string} out
 * @property {boolean} quiet
 */

/**
 * @typedef {object} CopyCommand
 * @property {'copy'} kind
 * @property {'models' | 'workers'} what
 * @property {string} folder
 */

/**
 * @typedef {object} RenderCommand
 * @property {'render'} kind
 * @property {string} portrait
 * @property {string} audio
 * @property {string} out
 * @property {'mp4' | 'webm'} container
 * @property {import('../src/options/output').OutputOptions} output without an image background
 * @property {string | undefined} backgroundFile picture to use as the background
 * @property {number} fps
 * @property {number} seed
 * @property {boolean} markAsSynthetic
 * @property {'auto' | 'webgpu' | 'cpu'} renderer
 * @property {'auto' | 'wgsl' | 'wasm'} backend
 * @property {Partial<import('../src/options/controls').MotionControls>} controls the controls that were given
 * @property {string | undefined} motion
 * @property {string | undefined} stats
 * @property {string | undefined} frames
 * @property {boolean} quiet
 */

/**
 * A number from the command line.
 *
 * @param {string} name of the option
 * @param {string} text
 * @param {number} least
 * @param {number} most
 * @param {boolean} whole whether it must be an integer
 * @throws {UsageError}
 */
function parseNumber(name, text, least, most, whole) {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new UsageError(
      `--${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, but it is "${text}".`,
    );
  }
  return value;
}

/**
 * Size, background, crop and mirroring.
 *
 * @param {{ size?: string, width?: string, height?: string, background?: string, crop?: string, zoom?: string, mirror?: boolean }} values
 * @returns {Pick<RenderCommand, 'output' | 'backgroundFile'>}
 */
function parseOutput({ size = '512', width, height, background = 'photo', crop = 'photo', zoom, mirror = false }) {
  const side = parseNumber('size', size, 64, 2048, true);
  if (crop !== 'photo' && crop !== 'bust' && crop !== 'face') {
    throw new UsageError(`--crop must be photo, bust or face, but it is "${crop}".`);
  }
  if (zoom !== undefined && crop !== 'photo') throw new UsageError('--zoom and --crop cannot be used together.');
  const blur = /^blur:(.*)$/.exec(background)?.[1];
  const isFile = PICTURE_FILE.test(background);
  return {
    output: {
      width: width === undefined ? side : parseNumber('width', width, 64, 2048, true),
      height: height === undefined ? side : parseNumber('height', height, 64, 2048, true),
      background: isFile
        ? 'photo'
        : blur === undefined
          ? background
          : { blur: parseNumber('background blur', blur, 0, 200, false) },
      crop: zoom === undefined ? crop : { zoom: parseNumber('zoom', zoom, 1, 8, false), x: 0.5, y: 0.5 },
      mirror,
    },
    backgroundFile: isFile ? background : undefined,
  };
}

/** A background that matches is the name of a picture file, not a CSS colour. */
const PICTURE_FILE = /\.(jpe?g|png|webp|avif|gif|bmp)$/i;

/** Options of the motion: name, control, range, and whether it is a whole number. */
const CONTROLS = /** @type {const} */ ([
  ['mouth', 'mouthAmplitude', 0, 2, false],
  ['expressiveness', 'expressiveness', 0, 2, false],
  ['stillness', 'stillness', 0, 1, false],
  ['temperature', 'temperature', 0, 2, false],
  ['top-k', 'topK', 1, 256, true],
]);

/**
 * Reads the arguments after `talking-portrait`.
 *
 * @param {string[]} args
 * @returns {RenderCommand | AnalyseCommand | CopyCommand | 'help' | 'version'}
 * @throws {UsageError}
 */
export function parseCommand(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean' });
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        portrait: text,
        audio: text,
        out: text,
        size: text,
        width: text,
        height: text,
        background: text,
        crop: text,
        zoom: text,
        mirror: flag,
        fps: text,
        seed: text,
        renderer: text,
        backend: text,
        mouth: text,
        expressiveness: text,
        stillness: text,
        temperature: text,
        'top-k': text,
        motion: text,
        stats: text,
        frames: text,
        'no-mark': flag,
        quiet: flag,
        help: { ...flag, short: 'h' },
        version: flag,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  if (values.version) return 'version';
  if (positionals.length === 0) throw new UsageError('No command is given.');
  if (positionals[0] === 'analyse') return analyseCommand(positionals.slice(1), values);
  if (positionals[0] === 'copy-models') return copyCommand('models', positionals.slice(1), values);
  if (positionals[0] === 'copy-workers') return copyCommand('workers', positionals.slice(1), values);
  if (positionals[0] !== 'render') throw new UsageError(`There is no command "${positionals[0]}".`);
  if (positionals.length > 1) throw new UsageError(`"${positionals[1]}" is not expected here.`);

  const { portrait, audio, out, renderer = 'auto', backend = 'auto' } = values;
  if (!portrait || !audio || !out) {
    const missing = Object.entries({ portrait, audio, out }).filter(([, value]) => !value);
    throw new UsageError(`${missing.map(([name]) => `--${name}`).join(', ')} must be given.`);
  }
  const extension = extname(out).toLowerCase();
  if (extension !== '.mp4' && extension !== '.webm') {
    throw new UsageError(`--out must end in .mp4 or .webm, but it is "${out}".`);
  }
  if (renderer !== 'auto' && renderer !== 'webgpu' && renderer !== 'cpu') {
    throw new UsageError(`--renderer must be auto, webgpu or cpu, but it is "${renderer}".`);
  }
  if (backend !== 'auto' && backend !== 'wgsl' && backend !== 'wasm') {
    throw new UsageError(`--backend must be auto, wgsl or wasm, but it is "${backend}".`);
  }
  return {
    kind: 'render',
    portrait,
    audio,
    out,
    container: extension === '.mp4' ? 'mp4' : 'webm',
    ...parseOutput(values),
    fps: parseNumber('fps', values.fps ?? '25', 1, 120, false),
    seed: parseNumber('seed', values.seed ?? '1', 0, 0xffffffff, true),
    renderer,
    backend,
    controls: Object.fromEntries(
      CONTROLS.flatMap(([name, control, least, most, whole]) => {
        const given = values[name];
        return given === undefined ? [] : [[control, parseNumber(name, given, least, most, whole)]];
      }),
    ),
    motion: values.motion,
    markAsSynthetic: !values['no-mark'],
    stats: values.stats,
    frames: values.frames,
    quiet: values.quiet ?? false,
  };
}

/**
 * @param {string[]} files
 * @param {Record<string, string | boolean | undefined>} values
 * @returns {AnalyseCommand}
 */
function analyseCommand(files, { out, quiet, ...others }) {
  const [portrait, more] = files;
  if (portrait === undefined) throw new UsageError('analyse needs a picture file.');
  if (more !== undefined) throw new UsageError(`"${more}" is not expected here.`);
  const [other] = Object.keys(others);
  if (other !== undefined) throw new UsageError(`--${other} is not an option of analyse.`);
  if (typeof out !== 'string') throw new UsageError('--out must be given.');
  if (extname(out).toLowerCase() !== '.portrait') {
    throw new UsageError(`--out must end in .portrait, but it is "${out}".`);
  }
  return { kind: 'analyse', portrait, out, quiet: quiet === true };
}

/**
 * @param {'models' | 'workers'} what
 * @param {string[]} folders
 * @param {Record<string, string | boolean | undefined>} options
 * @returns {CopyCommand}
 */
function copyCommand(what, [folder, more], options) {
  if (folder === undefined) throw new UsageError(`copy-${what} needs a folder.`);
  if (more !== undefined) throw new UsageError(`"${more}" is not expected here.`);
  const [option] = Object.keys(options);
  if (option !== undefined) throw new UsageError(`--${option} is not an option of copy-${what}.`);
  return { kind: 'copy', what, folder };
}
