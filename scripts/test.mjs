/**
 * @file `npm test`: installs what is missing, runs every check, and ends with the line `N passed, N failed`.
 *
 * Every vitest test counts as one; so does each of the other checks. `npm test -- unit lint` runs only the named checks.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installChrome } from './lib/install-chrome.mjs';
import { installEngines } from './lib/install-engines.mjs';
import { installPackages, runCommand, runTool } from './lib/tools.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

const reports = mkdtempSync(join(tmpdir(), 'talking-portrait-test-'));

/**
 * A tool that passes or fails as a whole.
 *
 * @param {string} name of its command
 * @param {string[]} args
 * @returns {Promise<Count>}
 */
async function tool(name, ...args) {
  return countOne(await runTool(name, args));
}

/** @param {number} code exit code @returns {Count} */
function countOne(code) {
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/**
 * @param {string} project of vitest.config.ts
 * @returns {Promise<Count>}
 */
async function vitest(project) {
  const file = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await runTool('vitest', ['run', '--project', project, ...reporters]);
  if (!existsSync(file)) return countOne(1);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const count = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  // A test file that cannot be loaded, or an error outside any test, fails the run but no test.
  if (code !== 0 && count.failed === 0) count.failed = 1;
  return count;
}

/** The folders that scripts/checks/imports.mjs has rules for. */
const SOURCES = ['src', 'workers', 'demo', 'cli', 'bench', 'test', 'scripts'];

/** In the order in which they run. @type {Record<string, () => Promise<Count>>} */
const CHECKS = {
  types: async () => countOne(await runCommand(process.execPath, ['scripts/typecheck.mjs'])),
  lint: () => tool('oxlint', '--deny-warnings'),
  format: () => tool('oxfmt', '--check', '.'),
  // Which folder may import which; cycles.
  imports: () => tool('depcruise', '--config', 'scripts/checks/imports.mjs', '--output-type', 'err-long', ...SOURCES),
  // Exports, files and packages that nothing uses.
  unused: () => tool('knip', '--config', 'scripts/checks/unused.mjs', '--no-progress'),
  // Code that occurs twice.
  duplicates: () => tool('jscpd', '--config', 'scripts/checks/duplicates.json', '--no-colors'),
  // Public exports and members without documentation.
  api: () => tool('typedoc', '--options', 'scripts/checks/api.mjs'),
  unit: () => vitest('unit'),
  kernels: () => vitest('kernels'),
  browser: () => vitest('browser'),
  // Firefox and WebKit, where they can be had; only when named.
  engines: () => vitest('engines'),
  // The packed library with other bundlers; installs them once.
  packages: () => vitest('packages'),
};

/** Beside other work, browsers without a GPU are too slow for the sync that these measure. */
const ONLY_WHEN_NAMED = ['engines'];

const given = process.argv.slice(2);
const names = given.length > 0 ? given : Object.keys(CHECKS).filter((name) => !ONLY_WHEN_NAMED.includes(name));
const unknown = names.filter((name) => !(name in CHECKS));
if (unknown.length > 0) {
  console.error(`Unknown check: ${unknown.join(', ')}. The checks are: ${Object.keys(CHECKS).join(', ')}.`);
  process.exit(2);
}

await installPackages();
if (['kernels', 'browser', 'packages'].some((name) => names.includes(name))) await installChrome();
if (names.includes('engines')) await installEngines();

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, check] of Object.entries(CHECKS)) {
  if (!names.includes(name)) continue;
  console.log(`\n== ${name}`);
  const count = await check();
  console.log(`${name}: ${count.failed === 0 ? 'ok' : 'FAILED'}`);
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
}
rmSync(reports, { recursive: true, force: true });

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
