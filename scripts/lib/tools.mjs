/**
 * @file What `npm start` and `npm test` share: install what is missing, run a command.
 *
 * Runs before node_modules exists, so it imports nothing but Node.
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Runs a command with the terminal's own output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code; 1 when it could not be started
 */
export function runCommand(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      done(1);
    });
    child.on('exit', (code, signal) => done(signal ? 1 : (code ?? 1)));
  });
}

/**
 * Runs a tool of node_modules by its own Node entry, which works alike on every system.
 *
 * @param {string} name package and bin name, for example `vite`
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function runTool(name, args, options) {
  const folder = join(ROOT, 'node_modules', name === 'tsc' ? 'typescript' : name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entry = typeof bin === 'string' ? bin : bin[name];
  return runCommand(process.execPath, [join(folder, entry), ...args], options);
}

/** Name and version of every package that a lock file holds, without those that belong to other systems. */
function lockedPackages(/** @type {string} */ file) {
  if (!existsSync(file)) return null;
  /** @type {Record<string, { version: string, optional?: boolean }>} */
  const packages = JSON.parse(readFileSync(file, 'utf8')).packages;
  const required = Object.entries(packages).filter(([path, entry]) => path !== '' && !entry.optional);
  return new Map(required.map(([path, entry]) => [path, entry.version]));
}

/** True when node_modules holds what package-lock.json asks for. */
function isInstalled() {
  const wanted = lockedPackages(join(ROOT, 'package-lock.json'));
  const present = lockedPackages(join(ROOT, 'node_modules/.package-lock.json'));
  if (!wanted || !present) return false;
  for (const [path, version] of wanted) if (present.get(path) !== version) return false;
  return true;
}

/** Checks Node's version and installs the packages of package-lock.json unless they are there. Exits on failure. */
export async function installPackages() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    console.error(`Node ${process.versions.node} is too old: talking-portrait needs Node 20 or newer.`);
    process.exit(1);
  }
  if (isInstalled()) return;
  console.log('Installing packages (npm ci) ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const code = await runCommand(npm, ['ci', '--no-audit', '--no-fund'], { shell: process.platform === 'win32' });
  if (code !== 0) {
    console.error('npm ci failed. See its message above; a network connection to the npm registry is needed once.');
    process.exit(code);
  }
}
