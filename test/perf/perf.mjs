/**
 * @file `npm run perf`: the built demo in Chrome with a recording as its microphone. Prints frame rate, frame interval,
 * time to first frame and latency, with the adapter's name. The figures depend on the machine, so they are reported but
 * not judged.
 *
 * `npm run perf -- [recording] [seconds]`
 */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';
import { launchChrome } from '../../cli/chrome.mjs';
import { installChrome } from '../../scripts/lib/install-chrome.mjs';
import { ROOT } from '../../scripts/lib/tools.mjs';
import { audioToPicture, mean, quantile } from './figures.mjs';
import { installProbe } from './page-probe.mjs';
import { writeMicrophoneWav } from './wav-file.mjs';

const READ_EVERY_MS = 500;
const SETTLE_MS = 2000;

/** A real speaker where the data is there, else the demo's sample. */
function defaultRecording() {
  const data = process.env['TALKING_PORTRAIT_DATA'] ?? join(ROOT, '../shared/data');
  const real = join(data, 'eval-dev/audio/cont_May_5s.flac');
  if (existsSync(real)) return real;
  const voices = join(ROOT, 'demo/voices');
  const sample = existsSync(voices) && readdirSync(voices).find((name) => /\.(wav|flac|mp3|ogg|opus)$/.test(name));
  if (!sample) throw new Error('No recording: name one after "npm run perf --".');
  return join(voices, sample);
}

const [recording = defaultRecording(), secondsText = '20'] = process.argv.slice(2);
const seconds = Number(secondsText);
await installChrome();
const scratch = mkdtempSync(join(tmpdir(), 'talking-portrait-perf-'));
const configFile = join(ROOT, 'vite.config.ts');
await build({ configFile, logLevel: 'warn' });
const server = await preview({ configFile, preview: { port: 0, host: '127.0.0.1' } });
const address = server.httpServer.address();
if (!address || typeof address === 'string') throw new Error('The server has no port.');
const url = `http://127.0.0.1:${address.port}/`;

const microphone = join(scratch, 'microphone.wav');
const decoder = await launchChrome();
await writeMicrophoneWav(await decoder.newPage(), recording, microphone, 2 * seconds + 30);
await decoder.close();

const browser = await launchChrome({ microphone });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('pageerror', (error) => console.error(`page: ${error.message}`));
  await page.addInitScript(installProbe);
  const start = performance.now();
  await page.goto(url);
  await page.waitForSelector('#stage[data-phase="idle"]', { timeout: 300_000 });
  const firstFrameMs = performance.now() - start;

  await page.check('input[name="voice"][value="microphone"]', { force: true });
  await page.click('#start');
  await page.waitForSelector('#stage[data-phase="speaking"], #stage[data-phase="following"]', { timeout: 60_000 });
  await page.waitForTimeout(SETTLE_MS);
  /** @type {Record<'fps' | 'interval' | 'latency', number[]>} */
  const read = { fps: [], interval: [], latency: [] };
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await page.waitForTimeout(READ_EVERY_MS);
    for (const name of /** @type {const} */ (['fps', 'interval', 'latency'])) {
      const value = Number.parseFloat(await page.locator(`#${name}`).innerText());
      if (Number.isFinite(value)) read[name].push(value);
    }
  }
  await page.evaluate(() => /** @type {any} */ (globalThis).startProbe());
  await page.waitForTimeout(seconds * 1000);
  /** @type {import('./page-probe.mjs').Probe[]} */
  const probes = await page.evaluate(() => /** @type {any} */ (globalThis).stopProbe());
  const [adapter, backend] = [await page.innerText('#adapter'), await page.innerText('#backend')];
  const picture = audioToPicture(probes);

  const line = (/** @type {string} */ label, /** @type {string} */ text) => console.log(`${label.padEnd(36)}${text}`);
  console.log('');
  line('adapter', adapter);
  line('backend of the motion', backend);
  line('recording', `${recording.slice(recording.lastIndexOf('/') + 1)}, ${seconds} s as microphone`);
  line('time to first frame', `${Math.round(firstFrameMs)} ms (page, models, portrait; nothing cached)`);
  line('frame rate', `${mean(read.fps).toFixed(1)} fps (mean)`);
  line('frame interval, p95', `${quantile(read.interval, 0.5)} ms (median of readings)`);
  line('sample heard to frame drawn', `${quantile(read.latency, 0.5)} ms (median; the library's figure)`);
  line(
    'sound to picture on the page',
    picture
      ? `${picture.lagMs} ms (best |r| = ${Math.abs(picture.r).toFixed(2)} of loudness and mouth)`
      : 'too few samples',
  );
} finally {
  await browser.close();
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
}
