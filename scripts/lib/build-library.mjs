/** @file Builds dist/, from scratch or only when a source is newer than it. */

import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runTool } from './tools.mjs';

const SOURCES = [
  'src',
  'shaders',
  'workers',
  'cli/page',
  'tsdown.config.ts',
  'tsconfig.base.json',
  'package-lock.json',
];
/** Written last. */
const STAMP = join(ROOT, 'dist/workers/ort-wasm-simd-threaded.wasm');

/** @param {string} path @returns {number} when the newest file below `path` was changed, ms */
function newest(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** @returns {Promise<boolean>} whether it worked */
async function build() {
  return (await runTool('tsdown', ['--logLevel', 'warn'])) === 0;
}

/** Builds dist/ from nothing. @returns {Promise<boolean>} whether it worked */
export async function buildLibrary() {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  return build();
}

/**
 * Overwrites dist/ where it is out of date; what is old stays until then, for a command that runs meanwhile.
 *
 * @returns {Promise<boolean>} whether dist/ is there and up to date now
 */
export async function buildLibraryIfStale() {
  if (existsSync(STAMP)) {
    const built = statSync(STAMP).ctimeMs;
    if (SOURCES.every((source) => newest(join(ROOT, source)) <= built)) return true;
  }
  console.error('Building the library ...');
  return build();
}
