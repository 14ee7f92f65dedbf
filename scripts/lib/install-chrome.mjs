/** @file Makes sure that the tests have a Chrome or Chromium: an installed one, else Playwright's, else Debian's. */

import { findChrome } from '../../cli/chrome.mjs';
import { runCommand, runTool } from './tools.mjs';

/** As `runCommand` for apt-get, which must not stop to ask. */
const apt = (/** @type {string[]} */ ...args) =>
  runCommand('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });

/** Installs a browser when there is none. Exits with a message when that fails. */
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
    console.log("Playwright's did not come: trying the system's package ...");
    await apt('update', '-q');
    await apt('install', '-y', '-q', '--no-install-recommends', 'chromium');
    if (findChrome()) return;
  }
  console.error('No Chrome or Chromium could be installed. Install one, or set CHROME to its path.');
  process.exit(1);
}
