/** @file Builds the library into dist/, from scratch or only if a source is newer. */

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
/** The file of dist/ that is written last. */
const STAMP = join(ROOT, 'dist/workers/ort-wasm-simd-threaded.wasm');

/** @param {string} path @returns {number} time of the latest change below `path`, ms since the epoch */
function newest(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** @returns {Promise<boolean>} false if the build failed */
async function build() {
  return (await runTool('tsdown', ['--logLevel', 'warn'])) === 0;
}

/** Deletes dist/ and builds it. @returns {Promise<boolean>} false if the build failed */
export async function buildLibrary() {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  return build();
}

/**
 * Builds dist/ if it is out of date. Old files are overwritten, not deleted, because another command may be using them.
 *
 * @returns {Promise<boolean>} false if the build failed
 */
export async function buildLibraryIfStale() {
  if (existsSync(STAMP)) {
    const built = statSync(STAMP).ctimeMs;
    if (SOURCES.every((source) => newest(join(ROOT, source)) <= built)) return true;
  }
  console.error('Building the library ...');
  return build();
}
