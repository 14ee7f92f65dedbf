/**
 * @file Shared by the scripts: installs the packages, runs commands and tools.
 *
 * Runs before node_modules exists, so it may import only Node's own modules.
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Runs a command that writes to this process's terminal.
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

/** Packages of the tools that are called differently. @type {Record<string, string>} */
const PACKAGE_OF_TOOL = { tsc: 'typescript', depcruise: 'dependency-cruiser' };

/**
 * Runs a tool from node_modules through its Node entry point, which works the same on every system.
 *
 * @param {string} name of its command, for example `vite`
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code; 1 when it is not installed
 */
export async function runTool(name, args, options) {
  const folder = join(ROOT, 'node_modules', PACKAGE_OF_TOOL[name] ?? name);
  if (!existsSync(join(folder, 'package.json'))) {
    console.error(`${name} is not installed. Run: npm ci`);
    return 1;
  }
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entry = typeof bin === 'string' ? bin : bin[name];
  return runCommand(process.execPath, [join(folder, entry), ...args], options);
}

/** Path and version of every package in a lock file, without the optional ones, which depend on the system. */
function lockedPackages(/** @type {string} */ file) {
  if (!existsSync(file)) return null;
  /** @type {Record<string, { version: string, optional?: boolean }>} */
  const packages = JSON.parse(readFileSync(file, 'utf8')).packages;
  const required = Object.entries(packages).filter(([path, entry]) => path !== '' && !entry.optional);
  return new Map(required.map(([path, entry]) => [path, entry.version]));
}

/** True when node_modules holds the versions that package-lock.json names. */
function isInstalled() {
  const wanted = lockedPackages(join(ROOT, 'package-lock.json'));
  const present = lockedPackages(join(ROOT, 'node_modules/.package-lock.json'));
  if (!wanted || !present) return false;
  for (const [path, version] of wanted) if (present.get(path) !== version) return false;
  return true;
}

/** Checks Node's version, then installs the packages of package-lock.json if any is missing. Exits on failure. */
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
    console.error('npm ci failed, see its message above. It needs a network connection to the npm registry.');
    process.exit(code);
  }
}
