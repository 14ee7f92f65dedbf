/** @file Finds a Chrome or Chromium for the tests; if there is none, installs Playwright's, or else Debian's package. */

import { findChrome } from '../../cli/chrome.mjs';
import { runCommand, runTool } from './tools.mjs';

/** Runs apt-get without questions. */
const apt = (/** @type {string[]} */ ...args) =>
  runCommand('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });

/** Installs a browser if there is none. Exits with a message if that fails. */
export async function installChrome() {
  if (findChrome()) return;
  if (process.env['CHROME']) {
    console.error(`CHROME names ${process.env['CHROME']}, which is not an executable file. Correct or unset it.`);
    process.exit(1);
  }

  console.log("No Chrome or Chromium found: trying Playwright's ...");
  await runTool('playwright', ['install', 'chromium']);
  if (findChrome()) return;

  if (process.platform === 'linux' && process.getuid?.() === 0) {
    console.log("Playwright's could not be installed: trying the system's package ...");
    await apt('update', '-q');
    await apt('install', '-y', '-q', '--no-install-recommends', 'chromium');
    if (findChrome()) return;
  }
  console.error('No Chrome or Chromium could be installed. Install one, or set CHROME to its path.');
  process.exit(1);
}
