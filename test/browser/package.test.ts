/** @file The package as npm would publish it: its contents, and that it works in another project. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { launchChrome } from '../../cli/chrome.mjs';
import { buildLibraryIfStale } from '../../scripts/lib/build-library.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A project with the package in its node_modules. */
let project: string;
let installed: string;

beforeAll(async () => {
  expect(await buildLibraryIfStale()).toBe(true);
  project = mkdtempSync(join(tmpdir(), 'talking-portrait-package-'));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', project];
  const [{ filename }] = JSON.parse(execFileSync(npm, pack, { cwd: ROOT, encoding: 'utf8' })) as [{ filename: string }];
  execFileSync('tar', ['-xzf', filename], { cwd: project });
  mkdirSync(join(project, 'node_modules'));
  installed = join(project, 'node_modules/talking-portrait');
  cpSync(join(project, 'package'), installed, { recursive: true });
  // What the command line needs; nothing else of this repository is within reach.
  const name = 'playwright-core';
  symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name), 'junction');
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Paths of all files below `folder`. */
function list(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? list(join(folder, entry.name), `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
  );
}

describe('the package', () => {
  test('contains every export, model and licence, and no sources', () => {
    const files = list(installed);
    const manifest = JSON.parse(readFileSync(join(installed, 'models/manifest.json'), 'utf8')) as {
      files: Record<string, unknown>;
    };
    const expected = [
      'LICENSE',
      'NOTICE',
      'README.md',
      'CHANGELOG.md',
      'package.json',
      'cli/main.mjs',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/recorder.js',
      'dist/recorder.d.ts',
      'dist/render-page.js',
      'dist/workers/animator.worker.js',
      'dist/workers/recorder.worker.js',
      'dist/decoders.js',
      'dist/workers/audio.worklet.js',
      'dist/workers/ort-wasm-simd-threaded.wasm',
      'models/manifest.json',
      ...Object.keys(manifest.files).map((name) => `models/${name}`),
    ];
    expect(files).toEqual(expect.arrayContaining(expected));
    expect(files.filter((name) => /^(src|test|training|demo|workers|shaders)\//.test(name))).toEqual([]);
    expect(files.filter((name) => /\.(py|npz|jpg|mp4)$/.test(name))).toEqual([]);
  });

  test('has no WebGPU types in its public types, so that it compiles without them', () => {
    for (const name of list(join(installed, 'dist')).filter((file) => file.endsWith('.d.ts'))) {
      expect(readFileSync(join(installed, 'dist', name), 'utf8')).not.toMatch(/\bGPU[A-Z]\w+/);
    }
  });

  test('can be imported in Node, without a browser', () => {
    const code = `
      const names = [...Object.keys(await import('talking-portrait')), ...Object.keys(await import('talking-portrait/recorder'))];
      console.log(names.join(' '));`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: project,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\bTalkingPortrait\b/);
    expect(stdout).toMatch(/\brenderVideo\b/);
  });

  test('renders from the command line', () => {
    cpSync(join(ROOT, 'demo/portraits/eileen-collins.jpg'), join(project, 'face.jpg'));
    cpSync(join(ROOT, 'test/fixtures/click.mp3'), join(project, 'speech.mp3'));
    const main = join(installed, 'cli/main.mjs');
    const args = ['render', '--portrait', 'face.jpg', '--audio', 'speech.mp3', '--out', 'talk.webm', '--size', '128'];
    const { status, stderr } = spawnSync(process.execPath, [main, ...args, '--quiet'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(readFileSync(join(project, 'talk.webm')).subarray(0, 4).toString('hex')).toBe('1a45dfa3');
  });
});

describe('a page that Vite has built with its defaults', () => {
  const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

  beforeAll(async () => {
    mkdirSync(join(project, 'public'), { recursive: true });
    cpSync(join(ROOT, 'demo/portraits/eileen-collins.jpg'), join(project, 'public/face.jpg'));
    cpSync(join(installed, 'models'), join(project, 'public/models'), { recursive: true });
    writeFileSync(
      join(project, 'index.html'),
      `<!doctype html><link rel="icon" href="data:," /><canvas id="canvas"></canvas>
      <script type="module">
        import { TalkingPortrait } from 'talking-portrait';
        TalkingPortrait.create({ canvas: document.getElementById('canvas'), portrait: 'face.jpg', size: 128 }).then(
          () => (globalThis.outcome = 'ready'),
          (error) => (globalThis.outcome = String(error)),
        );
      </script>`,
    );
    await build({ configFile: false, root: project, base: './', logLevel: 'error' });
    expect(existsSync(join(project, 'dist/index.html'))).toBe(true);
  });

  test.each([
    ['with cross-origin isolation', ISOLATED],
    ['without it', {}],
  ])('shows a portrait, %s', async (_, headers) => {
    const server = await preview({
      configFile: false,
      root: project,
      logLevel: 'error',
      preview: { port: 0, headers },
    });
    const browser = await launchChrome();
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('requestfailed', (request) => problems.push(request.url()));
      await page.goto(server.resolvedUrls!.local[0]!);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(headers === ISOLATED);
      const outcome = await page.waitForFunction(() => (globalThis as { outcome?: string }).outcome, null, {
        timeout: 0,
      });
      expect(await outcome.jsonValue()).toBe('ready');
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
