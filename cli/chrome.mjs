/** @file Finds Chrome or Chromium and starts it with WebGPU, for the command line, tests and benchmarks. */

import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const NAMES = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome'];
const FIXED_PATHS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Folders of the Chromium builds that Playwright has downloaded, newest first. */
function playwrightFolders() {
  const home = homedir();
  const caches = [
    process.env['PLAYWRIGHT_BROWSERS_PATH'],
    join(home, '.cache/ms-playwright'),
    join(home, 'Library/Caches/ms-playwright'),
    join(home, 'AppData/Local/ms-playwright'),
  ];
  /** @type {string[]} */
  const folders = [];
  for (const cache of caches) {
    if (!cache || !existsSync(cache)) continue;
    const builds = readdirSync(cache).filter((name) => /^chromium-\d+$/.test(name));
    builds.sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)));
    for (const build of builds) {
      for (const system of readdirSync(join(cache, build))) folders.push(join(cache, build, system));
    }
  }
  return folders;
}

/**
 * Path of Chrome or Chromium: the environment variable `CHROME`, or an installed one, or one that Playwright has
 * downloaded.
 *
 * @returns {string | null} null if there is none
 */
export function findChrome() {
  const chosen = process.env['CHROME'];
  if (chosen) return isExecutable(chosen) ? chosen : null;
  const path = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const installed = NAMES.flatMap((name) => path.map((folder) => join(folder, name)));
  const downloaded = playwrightFolders().flatMap((folder) => [
    join(folder, 'chrome'),
    join(folder, 'chrome.exe'),
    join(folder, 'Chromium.app/Contents/MacOS/Chromium'),
    join(folder, 'Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing'),
  ]);
  return [...installed, ...FIXED_PATHS, ...downloaded].find(isExecutable) ?? null;
}

/**
 * Path of a Chromium's SwiftShader Vulkan driver, which Dawn's Node binding can use as a software GPU.
 *
 * @returns {string | null} path of `vk_swiftshader_icd.json`; null if there is none
 */
export function findSwiftShader() {
  const chrome = findChrome();
  const folders = [chrome && dirname(chrome), '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
  const files = [...folders, ...playwrightFolders()].map((folder) => folder && join(folder, 'vk_swiftshader_icd.json'));
  return files.find((file) => file && existsSync(file)) || null;
}

/** Whether this machine seems to have a GPU that Chrome can use. A wrong guess only costs speed. */
function hasGpu() {
  if (process.platform !== 'linux') return true;
  if (existsSync('/dev/nvidia0')) return true;
  if (!existsSync('/dev/dri')) return false;
  return readdirSync('/dev/dri').some((name) => name.startsWith('render'));
}

/** Whether Chrome's sandbox cannot be used: it needs user namespaces and does not run as root. */
function needsNoSandbox() {
  if (process.platform !== 'linux') return false;
  if (process.getuid?.() === 0) return true;
  try {
    execFileSync('unshare', ['--user', 'true'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

// Without Vulkan on SwiftShader, WebGPU returns an adapter whose device is lost as soon as a canvas is used.
const SOFTWARE_FLAGS = ['--use-angle=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader'];
const LINUX_GPU_FLAGS = ['--enable-features=Vulkan', '--use-angle=vulkan'];
const COMMON_FLAGS = [
  '--enable-unsafe-webgpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Pages that are hidden or covered run at full speed.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
];

/**
 * Command line flags for Chrome with WebGPU.
 *
 * @param {{ software?: boolean, microphone?: string }} [options] see `launchChrome`
 * @returns {string[]}
 */
function chromeFlags({ software = !hasGpu(), microphone } = {}) {
  const flags = [...COMMON_FLAGS];
  if (software) flags.push(...SOFTWARE_FLAGS);
  else if (process.platform === 'linux') flags.push(...LINUX_GPU_FLAGS);
  if (needsNoSandbox()) flags.push('--no-sandbox');
  if (microphone !== undefined) {
    flags.push('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream');
    if (microphone !== '') flags.push(`--use-file-for-fake-audio-capture=${microphone}%noloop`);
  }
  return flags;
}

/** An optional peer dependency, which the library itself does not use. */
async function importPlaywright() {
  try {
    return await import('playwright-core');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('The package playwright-core is missing. Install it: npm install --save-dev playwright-core', {
      cause: error,
    });
  }
}

/**
 * Starts headless Chrome with WebGPU.
 *
 * @param {object} [options]
 * @param {boolean} [options.software] render on the CPU with SwiftShader; by default only if no GPU is found
 * @param {string} [options.microphone] a WAV file to use as the microphone; '' for Chrome's test tone
 * @param {boolean} [options.headless] default true
 * @param {boolean} [options.handleSignals] let Playwright close Chrome on Ctrl-C; default true
 * @returns {Promise<import('playwright-core').Browser>}
 * @throws {Error} if no Chrome is found
 */
export async function launchChrome({ software, microphone, headless = true, handleSignals = true } = {}) {
  const executablePath = findChrome();
  if (!executablePath) {
    const chosen = process.env['CHROME'];
    throw new Error(
      chosen
        ? `CHROME is ${chosen}, which is not an executable file. Correct or unset it.`
        : 'No Chrome or Chromium was found. Install one, or set CHROME to its path.',
    );
  }
  const { chromium } = await importPlaywright();
  return chromium.launch({
    executablePath,
    headless,
    args: chromeFlags({
      ...(software === undefined ? {} : { software }),
      ...(microphone === undefined ? {} : { microphone }),
    }),
    handleSIGINT: handleSignals,
    handleSIGTERM: handleSignals,
    handleSIGHUP: handleSignals,
  });
}
