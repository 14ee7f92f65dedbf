/**
 * @file `npm test`: installs what is missing, runs every check, and closes with `N passed, N failed`.
 *
 * Each of vitest's tests counts as one, and so does each of the other checks.
 * `npm test -- unit lint` runs the named checks alone.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installChrome } from './lib/install-chrome.mjs';
import { installPackages, runCommand, runTool } from './lib/tools.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

const reports = mkdtempSync(join(tmpdir(), 'talking-portrait-test-'));

/** @type {(code: number) => Count} */
const one = (code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });

/** @param {string} project one of vitest.config.ts
 * @returns {Promise<Count>} */
async function runVitest(project) {
  const file = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await runTool('vitest', ['run', '--project', project, ...reporters]);
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const count = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  // A file that does not load or an error outside of a test fails the run without failing a test.
  if (code !== 0 && count.failed === 0) count.failed = 1;
  return count;
}

/** @type {Record<string, () => Promise<Count>>} */
const CHECKS = {
  types: async () => one(await runCommand(process.execPath, ['scripts/typecheck.mjs'])),
  lint: async () => one(await runTool('oxlint', ['--deny-warnings'])),
  format: async () => one(await runTool('oxfmt', ['--check', '.'])),
  unit: () => runVitest('unit'),
  kernels: () => runVitest('kernels'),
  browser: () => runVitest('browser'),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in CHECKS));
if (unknown.length > 0) {
  console.error(`No check is called ${unknown.join(', ')}. There are: ${Object.keys(CHECKS).join(', ')}.`);
  process.exit(2);
}

await installPackages();
if (names.length === 0 || names.includes('kernels') || names.includes('browser')) await installChrome();

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, check] of Object.entries(CHECKS)) {
  if (names.length > 0 && !names.includes(name)) continue;
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
