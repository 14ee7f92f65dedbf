/** @file A user's project with the packed library and the bundlers, in the system's folder for temporary files. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildLibraryIfStale } from '../../../scripts/lib/build-library.mjs';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CACHE = join(tmpdir(), 'talking-portrait-test-packages');
const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const INSTALL_TIMEOUT_MS = 180_000;

/** Unpacks the library as npm would publish it. @returns its folder; the caller removes it */
export async function packLibrary(): Promise<string> {
  if (!(await buildLibraryIfStale())) throw new Error('The library does not build.');
  const folder = mkdtempSync(join(tmpdir(), 'talking-portrait-packed-'));
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync(NPM, args, { cwd: ROOT, encoding: 'utf8' })) as [{ filename: string }];
  execFileSync('tar', ['-xzf', filename], { cwd: folder });
  return join(folder, 'package');
}

/**
 * A project with `dependencies` of exact versions and the library in its node_modules. What is installed stays for the
 * next run.
 *
 * @param dependencies package (or alias) to version
 * @returns its folder; null when the npm registry cannot be reached
 */
export function installProject(name: string, dependencies: Record<string, string>, library: string): string | null {
  const version = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex').slice(0, 12);
  const project = join(CACHE, `${name}-${version}`);
  const done = join(project, 'installed');
  if (!existsSync(done)) {
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
    try {
      const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=1'];
      execFileSync(NPM, args, { cwd: project, stdio: 'pipe', timeout: INSTALL_TIMEOUT_MS });
    } catch (error) {
      console.warn(`${name} could not be installed: ${String((error as { stderr?: unknown }).stderr ?? error)}`);
      return null;
    }
    writeFileSync(done, '');
  }
  const installed = join(project, 'node_modules/talking-portrait');
  rmSync(installed, { recursive: true, force: true });
  cpSync(library, installed, { recursive: true });
  return project;
}
