/** @file `npm run size`: sizes of the files that a user downloads, plain and gzipped. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildLibraryIfStale } from './lib/build-library.mjs';
import { ROOT } from './lib/tools.mjs';

/** @typedef {{ bytes: number, gzip: number }} Size */

/**
 * A script and everything that it imports statically, each file once.
 *
 * @param {string} file
 * @param {Set<string>} seen
 * @returns {Set<string>}
 */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const code = readFileSync(file, 'utf8');
  for (const [, from] of code.matchAll(/\b(?:from|import)\s*["'](\.[^"']+)["']/g)) {
    if (from) closure(resolve(dirname(file), from), seen);
  }
  return seen;
}

/** @param {Iterable<string>} files @returns {Size} */
function measure(files) {
  const size = { bytes: 0, gzip: 0 };
  for (const file of files) {
    const bytes = readFileSync(file);
    size.bytes += bytes.length;
    size.gzip += gzipSync(bytes, { level: 9 }).length;
  }
  return size;
}

/** @param {string} label @param {Size} size @param {string} [note] */
function print(label, { bytes, gzip }, note = '') {
  const kb = (/** @type {number} */ value) => `${(value / 1000).toFixed(1)} kB`.padStart(12);
  console.log(`${label.padEnd(34)}${kb(bytes)}${kb(gzip)} gzip  ${note}`);
}

if (!(await buildLibraryIfStale())) process.exit(1);
const dist = join(ROOT, 'dist');
print('talking-portrait', measure(closure(join(dist, 'index.js'))));
print('decoders', measure([join(dist, 'decoders.js')]), 'for long and streamed sound files');
print('talking-portrait/recorder', measure(closure(join(dist, 'recorder.js'))));
for (const name of readdirSync(join(dist, 'workers'))) {
  if (!/\.(worker|worklet)\.js$/.test(name)) continue;
  print(name, measure(closure(join(dist, 'workers', name))), name.includes('worker.js') ? 'without onnxruntime' : '');
}
const runtime = readdirSync(join(dist, 'workers')).filter((name) => name.startsWith('ort'));
print('onnxruntime', measure(runtime.map((name) => join(dist, 'workers', name))), 'on first use');
const models = join(ROOT, 'models');
if (existsSync(models)) {
  const files = readdirSync(models).filter((name) => statSync(join(models, name)).isFile());
  for (const name of files) print(`models/${name}`, measure([join(models, name)]));
  print('models', measure(files.map((name) => join(models, name))), 'in all');
}
